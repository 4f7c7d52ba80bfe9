import type { TypeError as Refusal } from '@staffa/core/plugin'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonForm } from './json-form.ts'
import type { KeyLists, ListedArgs } from './key-lists.ts'

/** What args must look like: a schema of any library that speaks Standard Schema, or lists of keys. */
export type Shape = StandardSchemaV1 | KeyLists

/** What callers pass to `new()`, and what is stored. */
export type InputOf<S extends Shape> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<S>
  : S extends KeyLists
    ? ListedArgs<S>
    : never

/** What the worker's function sees. */
export type ArgsOf<S extends Shape> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : S extends KeyLists
    ? ListedArgs<S>
    : never

/** Fits every shape whose args can be stored as a JSON object; for the others its name says why not. */
export type Storable<S extends Shape> = S extends StandardSchemaV1
  ? StorableInput<StandardSchemaV1.InferInput<S>>
  : S extends { readonly keys: readonly (infer Key)[]; readonly required: readonly (infer Required)[] }
    ? [Required] extends [Key]
      ? unknown
      : Refusal<'required names a key that is not among the keys'>
    : unknown

type StorableInput<Input> = [Input] extends [JsonForm<Input>]
  ? [Input] extends [object]
    ? [Input] extends [readonly unknown[]]
      ? Refusal<'args are an object: let the schema be one, with the list under a key'>
      : unknown
    : Refusal<'args are an object: let the schema be one, with the value under a key'>
  : Refusal<'the schema accepts values that JSON cannot hold'>
