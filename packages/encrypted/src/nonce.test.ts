import { expect, test } from 'vitest'
import { nonce } from './nonce.ts'

test('nonces have the size that is asked for, and no two are equal, however many are made', () => {
  const made = Array.from({ length: 5_000 }, (_, index) => nonce(index % 2 === 0 ? 12 : 16))

  expect(new Set(made.map((bytes) => bytes.toString('hex'))).size).toBe(made.length)
  expect(made.map(({ length }) => length)).toEqual(made.map((_, index) => (index % 2 === 0 ? 12 : 16)))
})

test('a nonce stays as it is when others are made', () => {
  const first = nonce(12)
  const before = first.toString('hex')
  for (let made = 0; made < 1_000; made += 1) nonce(12)

  expect(first.toString('hex')).toBe(before)
})
