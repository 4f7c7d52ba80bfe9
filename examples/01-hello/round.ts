import { isFinal, type Job, type NewJob, type Staffa } from '@staffa/core'
import { listFiles } from './files.ts'
import { countFile, findLongest, knock, lookAtClock } from './workers.ts'

/** How many files are counted at once. */
export const concurrency = 5

/** About how long a round takes, in milliseconds, however many files there are. */
const pace = 4_000

/** All jobs of one run of the example. A run that was cut short is gone on with by the next. */
export interface Round {
  readonly number: number
  readonly isNew: boolean
  readonly jobs: readonly Job[]
}

/** Goes on with the round that was cut short, or begins the next one. */
export async function openRound(staffa: Staffa): Promise<Round> {
  const [newest] = await staffa.jobs.list({ limit: 1 })
  const number = Number(newest?.meta.round ?? 0)
  const jobs = await jobsOf(staffa, number)
  if (jobs.some(({ state }) => !isFinal(state))) return { number, isNew: false, jobs }

  const inserted = await staffa.insertAll(await describeRound(number + 1)) // in one transaction: all of them, or none

  return { number: number + 1, isNew: true, jobs: inserted }
}

/** The jobs of a round as they are now, in the order of their insertion. */
export async function jobsOf(staffa: Staffa, round: number): Promise<readonly Job[]> {
  const jobs = await staffa.jobs.list({ meta: { round }, limit: 100_000 })

  return jobs.toReversed()
}

async function describeRound(round: number): Promise<readonly NewJob[]> {
  const paths = await listFiles()
  const linger = Math.ceil((pace * concurrency) / paths.length)
  const meta = { round }

  return [
    lookAtClock.new({}, { meta, scheduleIn: { seconds: 2 } }),
    knock.new({}, { meta }),
    findLongest.new({}, { meta }),
    ...paths.map((path) => countFile.new({ path, linger }, { meta })),
  ]
}
