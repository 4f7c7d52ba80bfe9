import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import { whenReady } from '@staffa/core/internal'
import type { Codec } from './codec/codec.ts'
import { tags } from './codec/erlang-tags.ts'

/** How results are written: by one of the codecs that are here, or by one of the program's own. */
export type CodecOption = 'javascript' | 'erlang' | Codec

/** Loads a codec when the first result needs it, and once; it is at hand from then on. */
const codecs = {
  javascript: once(async () => (await import('./codec/javascript.ts')).javascript),
  erlang: once(async () => (await import('./codec/erlang.ts')).erlang),
}

function once<T>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: T | Promise<T> | undefined
  const keep = async () => {
    loaded = await load()

    return loaded
  }

  return () => {
    loaded ??= keep()

    return loaded
  }
}

/** The first byte of what is no Erlang term; terms begin with 131. A packed one has the next bit set, too. */
const headers = { javascript: 1, own: 2 }
const packedBit = 16

/** Below this many bytes there is nothing to gain from packing. */
const smallest = 100

/** Writes a value as text: encoded, packed if that makes it shorter, and in Base64 without padding. */
export function encodeResult(value: unknown, option: CodecOption): string | Promise<string> {
  const codec = typeof option === 'object' ? option : codecs[option]()
  const bytes = whenReady(codec, (found) => found.encode(value))
  const whole = whenReady(bytes, (ready) =>
    option === 'erlang' ? packTerm(ready) : packTagged(ready, headerOf(option)),
  )

  return whenReady(whole, withoutPadding)
}

function withoutPadding(bytes: Buffer): string {
  const text = bytes.toString('base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0

  return padding > 0 ? text.slice(0, -padding) : text
}

/** Reads such a text, whichever codec wrote it; `own` is the program's, if it has one. Throws for any other text. */
export async function decodeResult(text: string, option: CodecOption): Promise<unknown> {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Error('not in Base64')
  const bytes = Buffer.from(text, 'base64')
  const [first = 0] = bytes
  if (first === tags.version) return (await codecs.erlang()).decode(await unpackTerm(bytes))
  const content = first & packedBit ? await unpack(bytes.subarray(1)) : bytes.subarray(1)

  return (await codecOf(first & ~packedBit, option)).decode(content)
}

function headerOf(option: CodecOption): number {
  return option === 'javascript' ? headers.javascript : headers.own
}

async function codecOf(header: number, option: CodecOption): Promise<Codec> {
  if (header === headers.javascript) return codecs.javascript()
  if (header === headers.own && typeof option === 'object') return option

  throw new Error('written by a codec that is not here')
}

function packTagged(bytes: Uint8Array, header: number): Buffer | Promise<Buffer> {
  return whenReady(pack(bytes), (packed) => (packed ? tagged(header | packedBit, packed) : tagged(header, bytes)))
}

function tagged(header: number, bytes: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(bytes.length + 1)
  whole[0] = header
  whole.set(bytes, 1)

  return whole
}

/** Erlang has its own way to say that a term is packed, and how large it was. */
async function packTerm(bytes: Uint8Array): Promise<Buffer> {
  const term = bytes.subarray(1)
  const packed = await pack(term)
  if (!packed || packed.length + 5 >= term.length) return Buffer.from(bytes)
  const head = Buffer.of(tags.version, tags.compressed, 0, 0, 0, 0)
  head.writeUInt32BE(term.length, 2)

  return Buffer.concat([head, packed])
}

async function unpackTerm(bytes: Buffer): Promise<Uint8Array> {
  if (bytes[1] !== tags.compressed) return bytes
  const term = await unpack(bytes.subarray(6))
  if (term.length !== bytes.readUInt32BE(2)) throw new Error('a packed term is not as long as it says')

  return Buffer.concat([Buffer.of(tags.version), term])
}

/** Undefined when the bytes would not become fewer, or so few that unpacking them would look like an attack. */
function pack(bytes: Uint8Array): undefined | Promise<Buffer | undefined> {
  if (bytes.length < smallest) return undefined

  return promisify(deflate)(bytes).then((packed) =>
    packed.length < bytes.length && bytes.length <= mostUnpacked(packed) ? packed : undefined,
  )
}

async function unpack(packed: Uint8Array): Promise<Buffer> {
  return promisify(inflate)(packed, { maxOutputLength: mostUnpacked(packed) })
}

/** The most bytes that so many may unpack to: a few bytes that fill the memory are no result. */
function mostUnpacked({ length }: Uint8Array): number {
  return Math.max(16 * 1024 ** 2, 8 * length)
}
