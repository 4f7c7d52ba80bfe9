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

/** How many bytes of a nonce and of a tag each cipher has. */
const sizes: Readonly<Record<Cipher, { readonly iv: number; readonly tag: number }>> = {
  gcm: { iv: 12, tag: 16 },
  ctr: { iv: 16, tag: 32 },
}

/** Writes an envelope as text. */
export function printEnvelope({ cipher, keyId, iv, body, tag }: Envelope): string {
  return ['v1', cipher, printKeyId(keyId), ...[iv, body, tag].map((bytes) => bytes.toString('base64url'))].join('.')
}

/** Reads an envelope; undefined for everything that `printEnvelope` would not have written, to the last bit. */
export function parseEnvelope(text: unknown): Envelope | undefined {
  if (typeof text !== 'string') return undefined
  const [version, cipher, id, ...parts] = text.split('.')
  if (version !== 'v1' || !isCipher(cipher) || id === undefined || parts.length !== 3) return undefined
  const keyId = parseKeyId(id)
  const [iv, body, tag] = parts.map(parseBytes)
  if (keyId === undefined || !iv || !body || !tag) return undefined
  if (iv.length !== sizes[cipher].iv || tag.length !== sizes[cipher].tag) return undefined

  return { cipher, keyId, iv, body, tag }
}

/** Tells whether a text can name a key. Ids are readable in the database, so they are kept short. */
export function isKeyId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= 100 && id.isWellFormed()
}

/** Escaped, so that no id can be taken for another part of the envelope. */
function printKeyId(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E')
}

function parseKeyId(text: string): string | undefined {
  try {
    const id = decodeURIComponent(text)

    return isKeyId(id) && printKeyId(id) === text ? id : undefined
  } catch {
    return undefined
  }
}

/** Base64 can spell the same bytes in several ways: only one of them is ours. */
function parseBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')

  return bytes.toString('base64url') === text ? bytes : undefined
}

function isCipher(text: string | undefined): text is Cipher {
  return text === 'gcm' || text === 'ctr'
}
