/** What a producer has measured, in milliseconds, as moving averages. */
export interface Pace {
  /** From asking for jobs to having them. */
  readonly fetch: number
  /** From a job's start to its end. */
  readonly job: number
}

/** The pace before anything was measured: nothing is fetched ahead. */
export const unknownPace: Pace = Object.freeze({ fetch: 0, job: Number.POSITIVE_INFINITY })

/**
 * How many jobs to fetch beyond the free slots: as many as the slots will finish while two fetches are under way.
 *
 * `limit × 2 × fetch / job`, at most `most`; nothing when jobs take so long that it would not matter.
 */
export function prefetch(limit: number, pace: Pace, most: number): number {
  if (pace.job >= 50 || most === 0) return 0

  return Math.min(most, Math.floor((limit * 2 * pace.fetch) / Math.max(pace.job, 0.01)))
}

/** A moving average that follows a change within a few samples. */
export function follow(average: number, sample: number): number {
  return Number.isFinite(average) ? average + (sample - average) / 8 : sample
}
