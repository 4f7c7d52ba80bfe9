import { parse, stringify } from 'devalue'
import type { Codec } from './codec.ts'
import { flatText } from './flat.ts'

/** Holds what JavaScript programs pass around: JSON, and dates, maps, sets, bigints, bytes, `undefined`, and cycles. */
export const javascript: Codec = {
  encode: (value) => Buffer.from(flatText(value) ?? stringify(value, reducers)),
  decode: (bytes) => parse(Buffer.from(bytes).toString('utf8'), revivers),
}

/** What devalue would refuse, or hold too much of. */
const reducers = {
  Entries: (value: unknown) => hasProto(value) && prototypeOf(value) === Object.prototype && Object.entries(value),
  BareEntries: (value: unknown) => hasProto(value) && prototypeOf(value) === null && Object.entries(value),
  View: (value: unknown) => ArrayBuffer.isView(value) && value.byteLength < value.buffer.byteLength && compact(value),
}

/** The longest whole number that is read, in digits, as in Erlang's format: longer ones are slow to read. */
const mostDigits = 10_000

type Entries = readonly (readonly [string, unknown])[]

const revivers = {
  BigInt: (digits: unknown) => {
    if (typeof digits !== 'string' || digits.length > mostDigits) throw new Error('a whole number is too long')

    return BigInt(digits)
  },
  Entries: (entries: Entries) => Object.fromEntries(entries),
  BareEntries: (entries: Entries) => Object.assign(Object.create(null), Object.fromEntries(entries)),
  View: (view: unknown) => view,
}

/** A view that owns its buffer: the rest of a shared one, such as Node's pool, is nobody's business. */
function compact(view: ArrayBufferView): ArrayBufferView {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)
  if (Buffer.isBuffer(view)) return new Uint8Array(bytes)
  const { constructor: View } = view as unknown as { readonly constructor: new (on: unknown) => ArrayBufferView }

  return new View(bytes)
}

/** Asked first, of every value: it is quick, and hardly ever so. */
function hasProto(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')
}

function prototypeOf(value: object): unknown {
  return Object.getPrototypeOf(value)
}
