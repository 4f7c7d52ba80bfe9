import { setTimeout as sleep } from 'node:timers/promises'
import { cancel, discard, type JsonObject, snooze, type Worker, worker } from '@staffa/core'
import { definePlugin } from '@staffa/core/plugin'

const soon = () => ({ milliseconds: 500 })

/** Ends at once. */
export const plain = worker({ name: 'plain' }).process(() => {})

/** Takes as long as a request to somebody else does. */
export const slow = worker({ name: 'slow' }).process(({ signal }) => sleep(50, undefined, { signal }))

/** Fails twice; every tenth is discarded, and succeeds only after it was retried. */
export const flaky = worker({ name: 'flaky', maxAttempts: 4, backoff: soon })
  .typed<{ n: number }>()
  .process(({ job, args }) => {
    if (job.attempt < (args.n % 10 === 0 ? 5 : 3)) throw new Error(`attempt ${job.attempt} of ${args.n}`)
  })

/** Goes back to sleep three times. */
export const sleepy = worker({ name: 'sleepy' }).process(({ job }) => {
  if (Number((job.meta as JsonObject).snoozed ?? 0) < 3) return snooze({ milliseconds: 300 })
})

/** Ends itself, one way or the other. */
export const final = worker({ name: 'final' })
  .typed<{ n: number }>()
  .process(({ args }) => (args.n % 2 === 0 ? cancel('even') : discard('odd')))

/** Inserted far more often than it may be there. */
export const single = worker({
  name: 'single',
  unique: { period: { seconds: 5 } },
  replace: { scheduled: ['priority'] },
})
  .typed<{ key: number }>()
  .process(() => {})

/** Waits to be cancelled, mostly. */
export const doomed = worker({ name: 'doomed' }).process(({ signal }) => sleep(2_000, undefined, { signal }))

/** Has something to settle, whoever ends it. */
export const settles = worker({ name: 'settles' })
  .use(
    definePlugin({
      plugin: 'settles',
      settle: async (_settled, transaction) => {
        await transaction.query('SELECT 1')
      },
    }),
  )
  .process(() => {})

/** Inserted by cron. */
export const minutely = worker({ name: 'minutely' }).process(() => {})

export const workers: readonly Worker[] = [plain, slow, flaky, sleepy, final, single, doomed, settles, minutely]
