import { setTimeout as sleep } from 'node:timers/promises'
import type { Staffa } from '@staffa/core'
import { doomed, final, flaky, plain, settles, single, sleepy, slow } from './workers.ts'

/** What the load has done so far. */
export interface Done {
  inserted: number
  met: number
  cancelled: number
  retried: number
  deleted: number
}

/** Milliseconds between two turns. */
const every = 100

/** Inserts a mixture of jobs at an even pace, and meddles with them as people do, until it is told to end. */
export async function load(staffa: Staffa, signal: AbortSignal): Promise<Done> {
  const done: Done = { inserted: 0, met: 0, cancelled: 0, retried: 0, deleted: 0 }
  const began = performance.now()
  for (let turn = 1; !signal.aborted; turn += 1) {
    await insert(staffa, turn, done)
    if (turn % 10 === 0) await meddle(staffa, turn, done)
    const rest = began + turn * every - performance.now()
    if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => {})
  }

  return done
}

/** Some one by one, some in one list. */
async function insert(staffa: Staffa, turn: number, done: Done): Promise<void> {
  const debounced = await staffa.insert(single.new({ key: turn % 20 }, { scheduleIn: turn % 3, priority: turn % 4 }))
  const one = await staffa.insert(settles.new({}))
  const list = [
    ...Array.from({ length: 6 }, () => plain.new({})),
    slow.new({}, { queue: 'slow' }),
    flaky.new({ n: turn }),
    sleepy.new({}),
    final.new({ n: turn }),
    doomed.new({}, { queue: 'slow', scheduleIn: turn % 4 }),
    single.new({ key: turn % 7 }),
  ]
  const jobs = [debounced, one, ...(await staffa.insertAll(list))]
  done.met += jobs.filter(({ conflict }) => conflict).length
  done.inserted += jobs.filter(({ conflict }) => !conflict).length
}

async function meddle(staffa: Staffa, turn: number, done: Done): Promise<void> {
  const states = turn % 20 === 0 ? (['scheduled', 'available'] as const) : (['executing'] as const)
  done.cancelled += await staffa.jobs.cancel({ worker: 'doomed', state: states })
  if (turn % 50 === 0) done.retried += await staffa.jobs.retry({ worker: 'flaky', state: 'discarded' })
  if (turn % 50 === 10) done.deleted += await staffa.jobs.delete({ worker: 'final', state: 'cancelled' })
  if (turn % 50 === 20) await staffa.jobs.update({ worker: 'single', state: 'scheduled' }, { priority: 9 })
}
