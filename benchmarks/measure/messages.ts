import type { Place } from '../contenders/contender.ts'

/** What a child is told when it begins. */
export interface Assignment {
  readonly workload: string
  readonly contender: string
  readonly place: Place
}

export type Request = { readonly task: string; readonly params: unknown } | { readonly end: true }
export type Reply = { readonly result: unknown } | { readonly error: string } | { readonly news: unknown }
