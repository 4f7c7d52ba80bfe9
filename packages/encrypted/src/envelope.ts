import { sharing } from '@staffa/core/internal'

/** The ciphers, as envelopes name them. */
export type Cipher = 'gcm' | 'ctr'

/** A sealed text, taken apart. As text: `v1.<cipher>.<key id>.<iv>.<body>.<tag>`. */
export interface Envelope {
  readonly cipher: Cipher
  readonly keyId: string
  readonly iv: Buffer
  readonly body: Buffer
  readonly tag: Buffer
}

/** What there is of each cipher: its name, and how many bytes its nonces and its tags have. */
const kinds = ['gcm 12 16', 'ctr 16 32']

/** Writes an envelope as text. */
export function printEnvelope({ cipher, keyId, iv, body, tag }: Envelope): string {
  return `v1.${cipher}.${printKeyId(keyId)}.${iv.toString('base64url')}.${body.toString('base64url')}.${tag.toString('base64url')}`
}

/** Reads an envelope; undefined for everything that `printEnvelope` would not have written, to the last bit. */
export function parseEnvelope(text: unknown): Envelope | undefined {
  if (typeof text !== 'string') return undefined
  const [, cipher = '', id = '', iv = '', body = '', tag = ''] = text.split('.')
  const keyId = parseKeyId(id)
  if (keyId === undefined) return undefined
  const envelope = { cipher: cipher as Cipher, keyId, iv: bytesOf(iv), body: bytesOf(body), tag: bytesOf(tag) }
  const kind = `${cipher} ${envelope.iv.length} ${envelope.tag.length}`

  return kinds.includes(kind) && printEnvelope(envelope) === text ? envelope : undefined
}

/** Tells whether a text can name a key. Ids are readable in the database, so they are kept short. */
export function isKeyId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= 100 && id.isWellFormed()
}

/** Escaped, so that no id can be taken for another part of the envelope. Most envelopes have the same one. */
const printKeyId = sharing((id: string) => encodeURIComponent(id).replaceAll('.', '%2E'))

/** What is escaped in another way is found out when the envelope is printed again. */
function parseKeyId(text: string): string | undefined {
  try {
    const id = decodeURIComponent(text)
    if (isKeyId(id)) return id
  } catch {} // it is no text that was escaped
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
