import type { Memory } from './memory.ts'

/** What a node of the soak is told to be. */
export interface SoakOrder {
  readonly url: string
  readonly node: string
}

/** What it tells of itself when it is asked. */
export interface NodeReport extends Memory {
  /** Connections of its pool that are not idle. */
  readonly inUse: number
  /** Attempts by how they ended, since it started. */
  readonly ends: Readonly<Record<string, number>>
  /** What failed in the background. */
  readonly failures: readonly string[]
  /** Seconds of a processor that it has used. */
  readonly processor: number
}
