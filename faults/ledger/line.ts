import type { Logger } from '@staffa/core'

/** One line of a node's file. `at` is in milliseconds since 1970, by the machine's clock. */
export type Line = { readonly at: number } & Entry

export type Entry =
  | { readonly kind: 'start' | 'leave' | 'abandoned'; readonly job: number; readonly attempt: number }
  | {
      readonly kind: 'end'
      readonly job: number
      readonly attempt: number
      readonly state: string
      readonly written: boolean
    }
  /** The database took a sign of life that was sent at `from`. */
  | { readonly kind: 'beat'; readonly from: number }
  /** Nothing ran in the process since `from`. */
  | { readonly kind: 'stall'; readonly from: number }
  | { readonly kind: 'failure'; readonly where: string; readonly message: string }
  | { readonly kind: 'leader'; readonly leads: boolean }
  /** What the application of an embedded database was told. */
  | { readonly kind: 'inserted'; readonly key: string; readonly id: number; readonly conflict: boolean }
  | { readonly kind: 'inserting'; readonly key: string }

const nothing = () => {}

/** A logger for nodes that are expected to be in trouble. */
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The present, also where somebody has turned the clock. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
