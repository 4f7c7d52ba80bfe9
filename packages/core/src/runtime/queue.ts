import { randomUUID } from 'node:crypto'
import type { Job } from '../job/job.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'

/** How a queue runs on a node. Times are in milliseconds. */
export interface QueueOptions {
  readonly limit: number
  readonly paused: boolean
  /** `sync` frees a slot only when the end of its job is written. */
  readonly ack: 'batched' | 'sync'
  /** The most jobs to fetch ahead of free slots. */
  readonly prefetch: number
  readonly dispatchCooldown: number
  /** How often to look for jobs though nothing says that there are any. */
  readonly refreshInterval: number
}

/** A queue on this node, at one moment. */
export interface QueueCheck {
  readonly name: string
  readonly node: string
  readonly queue: string
  readonly uuid: string
  readonly limit: number
  readonly paused: boolean
  /** The ids of the jobs that run. */
  readonly running: readonly number[]
  readonly startedAt: Date
  readonly shutdownStartedAt: Date | undefined
}

/** A UUID of version 8, by which other nodes of ours know that this producer ought to give signs of life. */
export function producerUuid(): string {
  const random = randomUUID()

  return `${random.slice(0, 14)}8${random.slice(15)}`
}

/** A job that was fetched and not begun runs again elsewhere; the attempt does not count. */
export function giveBack({ id, attempt }: Job): Ack {
  return { id, attempt, state: 'available', refund: true }
}
