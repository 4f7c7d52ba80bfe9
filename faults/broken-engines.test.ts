import { expect, inject, test } from 'vitest'
import { broken } from './invariants/invariants.ts'
import { reclaimedQuery } from './ledger/tables.ts'
import type { Breakage } from './node/broken.ts'
import type { Plot } from './scenario.ts'
import { onPostgres } from './stage/on-postgres.ts'

// The checks themselves are checked here: in real runs, with an engine that makes a mistake.

/** Nothing goes wrong but what the engine itself does. */
const calm: Plot = {
  name: 'calm',
  fault: 'none',
  promise: 'everything',
  resumesWithin: 60_000, // nothing is broken that could be late to mend: the machine alone decides
  run: (stage) => stage.wait(1_000),
}

/** Nodes fetch until two have met the same rows. */
const contended: Plot = {
  ...calm,
  name: 'contended',
  run: (stage) => stage.seen(reclaimedQuery(stage.database.schema)),
}

/** One node sleeps through its lease with jobs in its hands. */
const asleep: Plot = {
  ...calm,
  name: 'asleep',
  load: { work: 400, rate: 60 },
  run: async (stage) => {
    const sleeper = stage.random.pick(stage.nodes.living)
    await stage.fault('paused', [sleeper], async () => {
      await stage.pause(sleeper)
      await stage.taken(sleeper)
      sleeper.signal('SIGCONT')
    })
  },
}

type Complaints = Readonly<Record<string, readonly string[]>>

async function complaints(plot: Plot, breakage?: Breakage): Promise<Complaints> {
  const scenario = onPostgres({ ...plot, node: { broken: breakage } })
  const prefix = `broken_${process.pid}_${plot.name}_${breakage?.length ?? 0}`

  return broken(await scenario.perform({ seed: 1, quick: true, url: inject('databaseUrl'), prefix }))
}

test.concurrent.each<[Breakage, Plot, string]>([
  ['fetches without skipping locked rows', contended, 'runsOnce'],
  ['acknowledges without a guard', asleep, 'zombies'],
  ['settles elsewhere', calm, 'settlesOnce'],
])('an engine that %s is found out', { timeout: 120_000 }, async (breakage, plot, invariant) => {
  expect(await complaints(plot, breakage)).toHaveProperty(invariant)
})

test.concurrent('an engine that makes no mistake is not', { timeout: 120_000 }, async () => {
  expect(await complaints(calm)).toEqual({})
})
