import type { Breakage } from './broken.ts'

/** What a node process is told to be. Times are in milliseconds. */
export interface NodeOrder {
  readonly url: string
  readonly prefix: string
  readonly node: string
  /** Where it writes down what it does. */
  readonly file: string
  readonly limit: number
  /** The lease of the lead, and of producers. */
  readonly lease: number
  /** True for a release that does not know the newest worker. */
  readonly old?: boolean | undefined
  /** How far its clock is ahead. */
  readonly ahead?: number | undefined
  /** The connections of a pool that the application and the instance share; otherwise each has its own. */
  readonly shared?: number | undefined
  /** What is wrong with its engine, so that the checks can be checked. */
  readonly broken?: Breakage | undefined
}

/** What it is told later. */
export type NodeCommand =
  | { readonly action: 'stop' }
  /** Keeps the process busy from the middle of its next job until a file is there, so that nothing else runs in it. */
  | { readonly action: 'block'; readonly until: string }
  /** Takes every connection of the shared pool. */
  | { readonly action: 'exhaust'; readonly milliseconds: number }
