import type { JobContext, Next, Outcome } from '@staffa/core/plugin'

/** What core can write through: a Kysely transaction, a `pg` client, or anything with `query(text, values)`. */
type AnyTransaction = Parameters<JobContext['acknowledge']>[0]

/** Runs work in a transaction: commits when it resolves, rolls back when it rejects. */
export type InTransaction<Trx> = (work: (trx: Trx) => Promise<Outcome>) => Promise<Outcome>

/**
 * Runs the job in a transaction, and writes the job's end in the same one. Whatever the job writes through `trx` is
 * there if and only if the job has ended: however often it is tried, its effects happen once.
 */
export function transactional<Trx extends AnyTransaction>(inTransaction: InTransaction<Trx>) {
  return async (context: JobContext, next: Next): Promise<Outcome<{ readonly trx: Trx }>> => {
    let failed: Outcome | undefined

    const ended = inTransaction(async (trx) => {
      const outcome = await next({ trx })
      if (outcome.kind === 'failed') {
        failed = outcome
        throw new Error('roll back')
      }
      await context.acknowledge(trx, outcome)

      return outcome
    })

    return (await ended.catch((error: unknown) => failed ?? Promise.reject(error))) as Outcome<never>
  }
}
