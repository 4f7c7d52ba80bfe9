import { gunzipSync, gzipSync } from 'node:zlib'

/** The longest JSON that is sent as it is, in bytes. */
const plainLimit = 512

/** The most that a compressed notice may unpack to, in bytes: PostgreSQL sends at most 8,000, so more is an attack. */
const unpackedLimit = 1_048_576

/** Writes a notice as every known node reads it: plain JSON when small, bare base64 of gzip when large. */
export function encodeNotice(payload: object): string {
  const json = JSON.stringify(payload)

  return Buffer.byteLength(json) <= plainLimit ? json : gzipSync(json).toString('base64')
}

/** Reads a notice in any of the three encodings that exist. Throws for what is none of them. */
export function decodeNotice(text: string): unknown {
  if (text.startsWith('Z:')) return JSON.parse(unpack(text.slice(2)))
  if (text.startsWith('H4sI')) return JSON.parse(unpack(text))

  return JSON.parse(text)
}

function unpack(base64: string): string {
  return gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: unpackedLimit }).toString('utf8')
}
