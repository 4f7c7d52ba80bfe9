export type { JsonForm } from './json-form.ts'
export type { KeyLists } from './key-lists.ts'
export type { ArgsOf, InputOf, Shape, Storable } from './shape.ts'
export { type ArgsIssue, type StructuredOptions, structured, type UnknownKeys } from './structured.ts'
