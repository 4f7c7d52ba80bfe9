import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa, stopOnSignals, worker } from '../../../src/index.ts'

/** A node that runs two jobs at once until a signal stops it. Hangs up when it begins to stop. */
const [url = '', prefix = '', grace = '0'] = process.argv.slice(2)

const work = worker({ name: 'work' })
  .typed<{ milliseconds: number }>()
  .process(({ args, signal }) => sleep(args.milliseconds, undefined, { signal }))

const staffa = new Staffa({
  database: url,
  prefix,
  workers: [work],
  queues: { default: { limit: 2, prefetch: 0 } },
  shutdownGracePeriod: { milliseconds: Number(grace) },
})
const stop = () => {
  process.disconnect?.()

  return staffa.stop()
}

stopOnSignals({ stop })
await staffa.start()
