import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Cipher, type Envelope, printEnvelope } from './envelope.ts'
import type { Key } from './keys.ts'
import { nonce } from './nonce.ts'

/** What an envelope belongs to: it opens only where the same words are said again. */
export type Binding = readonly string[]

export interface Sealing {
  readonly cipher: Cipher
  readonly key: Key
  readonly binding: Binding
}

/** Encrypts and authenticates a text, and everything that the envelope says of itself. */
export function sealText(text: string, { cipher, key, binding }: Sealing): string {
  const known = authenticated(cipher, key.id, binding)
  const sealed = cipher === 'gcm' ? sealGcm(text, key.secret, known) : sealCtr(text, key.secret, known)

  return printEnvelope({ cipher, keyId: key.id, ...sealed })
}

/** The text inside; undefined when the key is another, or when anything was changed since. */
export function openEnvelope(envelope: Envelope, key: Key, binding: Binding): string | undefined {
  const known = authenticated(envelope.cipher, envelope.keyId, binding)

  return envelope.cipher === 'gcm' ? openGcm(envelope, key.secret, known) : openCtr(envelope, key.secret, known)
}

/** A key of its own for each purpose, all from one. */
export function derivedKey(secret: KeyObject, purpose: 'ctr' | 'ctr tag' | 'fingerprint'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `staffa encrypted ${purpose}`, 32))
}

/** JSON keeps the words apart, whatever is in them. */
function authenticated(cipher: Cipher, keyId: string, binding: Binding): Buffer {
  return Buffer.from(JSON.stringify(['staffa', 'v1', cipher, keyId, ...binding]))
}

type Parts = Pick<Envelope, 'iv' | 'body' | 'tag'>

function sealGcm(text: string, key: KeyObject, known: Buffer): Parts {
  const iv = nonce(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(known)
  const body = cipher.update(text, 'utf8')
  cipher.final() // nothing is left: neither mode has blocks to fill

  return { iv, body, tag: cipher.getAuthTag() }
}

function openGcm({ iv, body, tag }: Parts, key: KeyObject, known: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(known).setAuthTag(tag)
  try {
    const text = decipher.update(body)
    decipher.final()

    return text.toString()
  } catch {
    return undefined // the only way to learn that the tag does not fit
  }
}

/** Counter mode authenticates nothing, so a keyed hash over all of it does. */
function sealCtr(text: string, key: KeyObject, known: Buffer): Parts {
  const iv = nonce(16)
  const body = createCipheriv('aes-256-ctr', derivedKey(key, 'ctr'), iv).update(text, 'utf8')

  return { iv, body, tag: tagOf({ iv, body }, key, known) }
}

function openCtr({ iv, body, tag }: Parts, key: KeyObject, known: Buffer): string | undefined {
  if (!timingSafeEqual(tag, tagOf({ iv, body }, key, known))) return undefined

  return createDecipheriv('aes-256-ctr', derivedKey(key, 'ctr'), iv).update(body).toString()
}

function tagOf({ iv, body }: Omit<Parts, 'tag'>, key: KeyObject, known: Buffer): Buffer {
  const length = Buffer.from(`${known.length}.`)

  return createHmac('sha256', derivedKey(key, 'ctr tag')).update(length).update(known).update(iv).update(body).digest()
}
