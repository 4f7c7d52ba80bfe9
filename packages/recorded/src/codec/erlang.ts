import type { Codec } from './codec.ts'
import { decodeTerm } from './erlang-decode.ts'
import { encodeTerm } from './erlang-encode.ts'

/** Erlang's external term format, which Elixir and Python programs write and read: JSON, and large integers. */
export const erlang: Codec = { encode: encodeTerm, decode: decodeTerm }
