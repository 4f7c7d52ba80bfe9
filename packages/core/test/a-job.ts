import type { Job } from '../src/job/job.ts'

/** A job in its first attempt, but for what is said. */
export function aJob(changes: Partial<Job> = {}): Job {
  const now = new Date('2030-01-01T00:00:00Z')

  return Object.freeze({
    id: 1,
    state: 'executing',
    queue: 'default',
    worker: 'send-email',
    args: {},
    meta: {},
    tags: [],
    errors: [],
    attempt: 1,
    maxAttempts: 20,
    priority: 0,
    attemptedBy: ['node-1', '6f9a2a0e-7f0e-4f3e-9d3e-0b8a6c1f2d11'],
    insertedAt: now,
    scheduledAt: now,
    attemptedAt: now,
    completedAt: undefined,
    cancelledAt: undefined,
    discardedAt: undefined,
    ...changes,
  })
}
