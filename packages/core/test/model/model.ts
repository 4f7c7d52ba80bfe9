import type { FinalState, JobState } from '../../src/job/state.ts'

/** A job as the model sees it: what any statement may change. Times are in milliseconds. */
export interface ModelJob {
  readonly id: number
  readonly queue: string
  readonly priority: number
  readonly state: JobState
  readonly attempt: number
  readonly maxAttempts: number
  readonly scheduledAt: number
  readonly insertedAt: number
  readonly attemptedAt: number | undefined
  readonly producer: string | undefined
  readonly endedAt: { readonly [State in FinalState]?: number }
  readonly errors: number
  readonly snoozed: number
  readonly rescued: number
  readonly fingerprint: string | undefined
}

/** The whole system, as it ought to be. */
export interface Model {
  now: number
  readonly jobs: Map<number, ModelJob>
  /** When each producer was last heard of. */
  readonly beats: Map<string, number>
}

export function emptyModel(): Model {
  return { now: Date.parse('2030-01-01T00:00:00Z'), jobs: new Map(), beats: new Map() }
}

/** The jobs that fit, in the order in which statements take them. */
export function chosen(
  { jobs }: Model,
  fits: (job: ModelJob) => boolean,
  order: (job: ModelJob) => readonly number[],
): readonly ModelJob[] {
  const byOrder = (a: ModelJob, b: ModelJob) => {
    const [one, other] = [order(a), order(b)]
    const difference = one.findIndex((value, index) => value !== other[index])

    return difference < 0 ? 0 : (one[difference] ?? 0) - (other[difference] ?? 0)
  }

  return [...jobs.values()].filter(fits).sort(byOrder)
}

export function change(model: Model, job: ModelJob, changes: Partial<ModelJob>): void {
  model.jobs.set(job.id, { ...job, ...changes })
}

/** The job with an end of the given kind, now. */
export function ended(model: Model, job: ModelJob, state: FinalState): Partial<ModelJob> {
  return { state, endedAt: { ...job.endedAt, [state]: model.now } }
}

/** Takes a job back from a producer that is gone. */
export function rescued(model: Model, job: ModelJob): Partial<ModelJob> {
  const again = { rescued: job.rescued + 1 }
  if (job.attempt < job.maxAttempts) return { ...again, state: 'available' }

  return { ...again, ...ended(model, job, 'discarded'), errors: job.errors + 1 }
}
