import type { Json } from '@staffa/core'

/** What a type is once it has been through JSON: a type that equals its own form can be stored. */
export type JsonForm<Value> = Value extends Json | undefined
  ? Value
  : Value extends bigint | symbol | ((...args: never) => unknown)
    ? never
    : { [Key in keyof Value]: JsonForm<Value[Key]> }
