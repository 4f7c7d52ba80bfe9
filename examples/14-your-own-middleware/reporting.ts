import type { Job, JobContext, Next, Outcome } from '@staffa/core/plugin'

/** Tells somebody of every error, and lets it pass: the job fails as it would have. */
export function reporting(report: (error: unknown, job: Job) => void) {
  return async ({ job }: JobContext, next: Next): Promise<Outcome<{}>> => {
    try {
      const outcome = await next()
      if (outcome.kind === 'failed') report(outcome.reason, job)

      return outcome
    } catch (error) {
      report(error, job)
      throw error
    }
  }
}
