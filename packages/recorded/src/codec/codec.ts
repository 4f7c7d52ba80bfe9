/** Turns results into bytes and back. What `decode` is given comes from the database: it must not run code. */
export interface Codec {
  /** Throws for a value that it cannot hold. */
  readonly encode: (value: unknown) => Uint8Array | Promise<Uint8Array>
  /** Throws for bytes that it did not write. */
  readonly decode: (bytes: Uint8Array) => unknown
}
