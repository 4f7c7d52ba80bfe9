import { tags } from './erlang-tags.ts'

/**
 * Reads a term of Erlang's external format. Nothing in it runs, and nothing is allocated that its bytes don't pay for.
 *
 * `nil`, `true` and `false` are what they are in JavaScript; other atoms are texts. Tuples are arrays. Whole numbers
 * are numbers while those are exact, and bigints beyond. Binaries are texts; those that are not UTF-8 are bytes.
 */
export function decodeTerm(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  if (reader.byte() !== tags.version) throw new Error('not in the external term format')
  const value = read(reader)
  if (!reader.atEnd) throw new Error('bytes follow the term')

  return value
}

/** The longest integer that is read, in bytes: longer ones are no results, and slow to print. */
const longestInteger = 4_096

/** The most terms that are read: one of a single byte takes many times as much when it is an array. */
const mostTerms = 1_000_000

function read(reader: Reader): unknown {
  reader.countTerm()
  const tag = reader.byte()
  const readTerm = readers[tag]
  if (!readTerm) throw new Error(`a term of kind ${tag} is no plain data`)

  return readTerm(reader, tag)
}

const readers: Readonly<Record<number, (reader: Reader, tag: number) => unknown>> = {
  [tags.smallInteger]: (reader) => reader.byte(),
  [tags.integer]: (reader) => reader.word() | 0,
  [tags.smallBig]: (reader) => integer(reader, reader.byte()),
  [tags.largeBig]: (reader) => integer(reader, reader.word()),
  [tags.float]: (reader) => finite(reader.take(8).readDoubleBE()),
  [tags.floatText]: (reader) => finite(Number.parseFloat(reader.take(31).toString('latin1'))),
  [tags.atom]: (reader, tag) => atomValue(atom(reader, tag)),
  [tags.smallAtom]: (reader, tag) => atomValue(atom(reader, tag)),
  [tags.utf8Atom]: (reader, tag) => atomValue(atom(reader, tag)),
  [tags.smallUtf8Atom]: (reader, tag) => atomValue(atom(reader, tag)),
  [tags.binary]: (reader) => textOf(reader.take(reader.word())),
  [tags.byteList]: (reader) => [...reader.take(reader.short())],
  [tags.emptyList]: () => [],
  [tags.list]: (reader) => list(reader),
  [tags.smallTuple]: (reader) => several(reader, reader.byte()),
  [tags.largeTuple]: (reader) => several(reader, reader.word()),
  [tags.map]: (reader) => map(reader),
}

const atomTags: readonly number[] = [tags.atom, tags.smallAtom, tags.utf8Atom, tags.smallUtf8Atom]

function atom(reader: Reader, tag: number): string {
  const isShort = tag === tags.smallAtom || tag === tags.smallUtf8Atom
  const isUtf8 = tag === tags.utf8Atom || tag === tags.smallUtf8Atom

  return reader.take(isShort ? reader.byte() : reader.short()).toString(isUtf8 ? 'utf8' : 'latin1')
}

function atomValue(name: string): unknown {
  if (name === 'nil') return null

  return name === 'true' || name === 'false' ? name === 'true' : name
}

function integer(reader: Reader, length: number): number | bigint {
  if (length > longestInteger) throw new Error(`an integer of ${length} bytes is too long`)
  const sign = reader.byte()
  const hex = Buffer.from(reader.take(length)).reverse().toString('hex')
  const magnitude = BigInt(`0x${hex || '0'}`)
  const value = sign ? -magnitude : magnitude

  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error('a float is not a number')

  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Buffer): string | Uint8Array {
  try {
    return utf8.decode(bytes)
  } catch {
    return new Uint8Array(bytes)
  }
}

function list(reader: Reader): readonly unknown[] {
  const values = several(reader, reader.word())
  if (reader.byte() !== tags.emptyList) throw new Error('a list has no proper end')

  return values
}

function several(reader: Reader, count: number): readonly unknown[] {
  const values: unknown[] = []
  for (let index = 0; index < count; index += 1) values.push(read(reader))

  return values
}

/** An object, unless a key is no word: then a map. */
function map(reader: Reader): unknown {
  const count = reader.word()
  const entries: [unknown, unknown][] = []
  for (let index = 0; index < count; index += 1) entries.push([key(reader), read(reader)])
  const isObject = entries.every(([name]) => ['string', 'number', 'bigint'].includes(typeof name))

  return isObject ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries)
}

/** The atoms that are values elsewhere are words here. */
function key(reader: Reader): unknown {
  return atomTags.includes(reader.peek()) ? atom(reader, reader.byte()) : read(reader)
}

/** Bytes and a place in them. Reading beyond the end throws. */
class Reader {
  readonly #bytes: Buffer
  #at = 0
  #terms = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  countTerm(): void {
    this.#terms += 1
    if (this.#terms > mostTerms) throw new Error('too many terms')
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('the term ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end

    return taken
  }

  peek(): number {
    return this.#bytes[this.#at] ?? -1
  }

  byte(): number {
    return this.take(1).readUInt8()
  }

  short(): number {
    return this.take(2).readUInt16BE()
  }

  word(): number {
    return this.take(4).readUInt32BE()
  }
}
