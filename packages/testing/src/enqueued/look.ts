import { type Duration, type Job, onTelemetry } from '@staffa/core'
import { toPositiveMilliseconds } from '@staffa/core/plugin'
import { type AnyEnqueued, type Filter, toFilter } from './filter.ts'
import { type Inspected, readJobs } from './read.ts'

/** As they were before a test could replace them by fake ones. */
const { setTimeout, clearTimeout } = globalThis
const { now } = performance

export interface Within {
  /** How long to wait for it. Defaults to not at all. */
  readonly within?: Duration | undefined
}

/** What a look has found. */
export interface Look {
  readonly filter: Filter
  /** The jobs that fit, the newest first. */
  readonly fits: readonly Job[]
  /** All jobs in those states. */
  readonly all: readonly Job[]
}

/** Looks for jobs: once, or again and again until some fit or the time is over. */
export async function look(staffa: Inspected, given: AnyEnqueued, { within }: Within = {}): Promise<Look> {
  const patience = within === undefined ? 0 : toPositiveMilliseconds(within, 'within')
  const end = now.call(performance) + patience

  for (;;) {
    const found = await lookOnce(staffa, given)
    const left = end - now.call(performance)
    if (found.fits.length > 0 || left <= 0) return found
    await untilChange(Math.min(left, 100))
  }
}

/** Looks among all jobs, or among those that are newer than one, in whatever state those are. */
export async function lookOnce(staffa: Inspected, given: AnyEnqueued, after?: number): Promise<Look> {
  const { states, asked } = toFilter(given, staffa.clock?.now() ?? new Date())
  const filter = { asked, states: after !== undefined && given.state === undefined ? [] : states }
  const state = filter.states.length > 0 ? filter.states : undefined
  const all = await readJobs(staffa, { state, after }, given.worker)
  const fits = all.filter((job) => asked.every(({ differences }) => differences(job).length === 0))

  return { filter, fits, all }
}

/** Until this process has changed something in a database; others are seen at the latest when the time is over. */
async function untilChange(milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  const end = onTelemetry('engine.stop', ({ verb }) => {
    if (!/^(get|list|count)/.test(verb)) resolve()
  })
  await promise
  clearTimeout(timer)
  end()
}
