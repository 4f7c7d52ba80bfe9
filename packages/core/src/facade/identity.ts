import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { expected } from '../support/errors.ts'

/** Idents on the wire are `<name>.<node>`: words without space. */
export function checkWord(value: unknown, option: string): string {
  if (typeof value === 'string' && /^[^\s\0]{1,100}$/.test(value)) return value

  throw expected(option, 'text of 1 to 100 characters without white space', value)
}

/** A name that no other process has: the host's, and some letters. */
export function randomNode(): string {
  return `${hostname().replaceAll(/\s/g, '-').slice(0, 60) || 'node'}-${randomBytes(3).toString('hex')}`
}
