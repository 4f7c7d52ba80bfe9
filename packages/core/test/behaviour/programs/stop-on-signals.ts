import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa, stopOnSignals, worker } from '../../../src/index.ts'

/**
 * A node that runs two jobs at once until a signal stops it. Hangs up when it begins to stop; a job of no milliseconds
 * ends soon after.
 */
const [url = '', prefix = '', grace = '0'] = process.argv.slice(2)

const stopping = Promise.withResolvers<void>()
const work = worker({ name: 'work' })
  .typed<{ milliseconds: number }>()
  .process(async ({ args, signal }) => {
    if (args.milliseconds > 0) return sleep(args.milliseconds, undefined, { signal })
    await stopping.promise
    await sleep(100, undefined, { signal })
  })

const staffa = new Staffa({
  database: url,
  prefix,
  workers: [work],
  queues: { default: { limit: 2, prefetch: 0 } },
  shutdownGracePeriod: { milliseconds: Number(grace) },
})
const stop = () => {
  process.disconnect?.()
  stopping.resolve()

  return staffa.stop()
}

stopOnSignals({ stop })
await staffa.start()
