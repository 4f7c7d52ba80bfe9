import { tags } from './erlang-tags.ts'

/**
 * Writes a value as a term that every Erlang node can read safely: texts and keys as binaries, and no atoms but `nil`,
 * `true` and `false`.
 */
export function encodeTerm(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(tags.version)]
  write(value, { parts, above: new Set(), path: 'the result' })

  return Buffer.concat(parts)
}

interface Place {
  readonly parts: Uint8Array[]
  /** The objects that this value lies in. */
  readonly above: ReadonlySet<object>
  readonly path: string
}

function write(value: unknown, place: Place): void {
  if (value === null || typeof value === 'boolean') atom(value === null ? 'nil' : String(value), place)
  else if (typeof value === 'string') binary(value, place)
  else if (typeof value === 'bigint') integer(value, place)
  else if (typeof value === 'number') number(value, place)
  else if (Array.isArray(value)) list(value, enter(value, place))
  else if (isPlain(value)) map(value, enter(value, place))
  else throw unfit(place, value)
}

function atom(name: string, { parts }: Place): void {
  parts.push(Uint8Array.of(tags.atom, 0, name.length), Buffer.from(name, 'latin1'))
}

function binary(text: string, place: Place): void {
  if (!text.isWellFormed()) throw new Error(`${place.path} has half of a surrogate pair`)
  const bytes = Buffer.from(text)
  place.parts.push(head(tags.binary, bytes.length), bytes)
}

function number(value: number, place: Place): void {
  if (!Number.isFinite(value)) throw unfit(place, value)
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) integer(BigInt(value), place)
  else float(value, place)
}

function float(value: number, place: Place): void {
  const bytes = Buffer.alloc(9)
  bytes[0] = tags.float
  bytes.writeDoubleBE(value, 1)
  place.parts.push(bytes)
}

function integer(value: bigint, { parts }: Place): void {
  if (value >= 0n && value <= 255n) parts.push(Uint8Array.of(tags.smallInteger, Number(value)))
  else if (BigInt.asIntN(32, value) === value) parts.push(head(tags.integer, Number(value) >>> 0))
  else parts.push(...big(value))
}

/** The magnitude, its least byte first. */
function big(value: bigint): readonly Uint8Array[] {
  const sign = value < 0n ? 1 : 0
  const hex = (sign ? -value : value).toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').reverse()
  const announced = bytes.length < 256 ? Uint8Array.of(tags.smallBig, bytes.length) : head(tags.largeBig, bytes.length)

  return [announced, Uint8Array.of(sign), bytes]
}

function list(values: readonly unknown[], place: Place): void {
  if (values.length > 0) place.parts.push(head(tags.list, values.length))
  for (let index = 0; index < values.length; index += 1) {
    write(values[index], { ...place, path: `${place.path}.${index}` })
  }
  place.parts.push(Uint8Array.of(tags.emptyList))
}

/** As in JSON, a key whose value is undefined is not there. */
function map(object: object, place: Place): void {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined)
  place.parts.push(head(tags.map, entries.length))
  for (const [key, value] of entries) {
    binary(key, place)
    write(value, { ...place, path: `${place.path}.${key}` })
  }
}

function head(tag: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(5)
  bytes[0] = tag
  bytes.writeUInt32BE(value, 1)

  return bytes
}

function enter(value: object, place: Place): Place {
  if (place.above.has(value)) throw new Error(`${place.path} is an object around itself`)

  return { ...place, above: new Set(place.above).add(value) }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)

  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Says where and what kind, and not what: results may be secret. */
function unfit({ path }: Place, value: unknown): Error {
  const kind = typeof value === 'object' ? `an instance of ${value?.constructor?.name ?? 'a class'}` : typeof value

  return new Error(`${path} is ${typeof value === 'number' ? String(value) : kind}`)
}
