import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import { resumption } from '../invariants/resumes.ts'
import { now } from '../ledger/line.ts'
import type { PerformOptions, Plot, Scenario } from '../scenario.ts'
import type { Nodes } from './nodes.ts'
import { setUp } from './set-up.ts'
import type { Stage } from './stage.ts'

/** Makes a scenario of a plot: starts everything, has it broken under load, and waits for the last job. */
export function onPostgres(plot: Plot): Scenario {
  return { ...plot, perform: (options) => perform(plot, options) }
}

async function perform(plot: Plot, options: PerformOptions): Promise<History> {
  await using stack = new AsyncDisposableStack()

  // Not until it is over may everything be ended.
  return await play(plot, await setUp(plot, options, stack))
}

async function play(plot: Plot, stage: Stage): Promise<History> {
  const { desk, database, nodes } = stage
  desk.start()
  await stage.wait(stage.time({ whole: 2_000, quick: 1_000 }))
  await plot.run(stage)
  const healed = { at: stage.leftAt ?? now(), within: plot.resumesWithin }
  await resumed(nodes, healed)
  await desk.close()
  await database.quiet(stage.time({ whole: 120_000, quick: 60_000 }))
  const { inserts, cancelled } = desk

  return { healed, inserts, cancelled, faults: stage.faults, ...nodes.seen(), ...(await database.read()) }
}

/** Waits until work goes on, though no longer than twice the time that was stated. */
async function resumed(nodes: Nodes, healed: History['healed']): Promise<void> {
  while (now() < healed.at + healed.within * 2) {
    if (Number.isFinite(resumption({ ...nodes.seen(), healed }))) return
    await sleep(250)
  }
}
