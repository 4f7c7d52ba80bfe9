import type { Job } from '@staffa/core'
import type { Ack } from './bench.ts'

/** Makes the Ack of an attempt. */
export type Kind = (job: Job) => Ack

export const completed: Kind = ({ id, attempt }) => ({ id, attempt, state: 'completed' })
export const recorded: Kind = (job) => ({ ...completed(job), meta: { recorded: [1, 'two'] } })
export const retryable: Kind = ({ id, attempt }) => ({
  id,
  attempt,
  state: 'retryable',
  delay: 90_000,
  error: 'it broke',
})
export const released: Kind = ({ id, attempt, attemptedAt }) => ({
  id,
  attempt,
  state: 'available',
  refund: true,
  claimedAt: attemptedAt,
})
export const snoozed: Kind = (job) => ({
  ...released(job),
  state: 'scheduled',
  delay: 60_000,
  meta: { snoozed: 1 },
})
export const ended = (state: 'cancelled' | 'discarded'): Kind => {
  return ({ id, attempt }) => ({ id, attempt, state, error: `it was ${state}` })
}

/** One of every kind. */
export const kinds: Readonly<Record<string, Kind>> = {
  completed,
  recorded,
  retryable,
  snoozed,
  released,
  cancelled: ended('cancelled'),
  discarded: ended('discarded'),
}
