import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isFinal, type Job, onTelemetry, Staffa } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { progress } from './progress.ts'
import { concurrency, jobsOf, openRound, type Round } from './round.ts'
import { summary } from './summary.ts'
import { countFile, findLongest, knock, lookAtClock } from './workers.ts'

const data = resolve(process.argv[2] ?? join(import.meta.dirname, 'data'))
const out = process.stdout

const staffa = new Staffa({
  database: pglite(data),
  queues: { default: 5, files: concurrency },
  workers: [countFile, findLongest, knock, lookAtClock],
})

out.write(`Staffa counts its own files. Jobs and results live in ${data}\n`)
if (!existsSync(data)) out.write('The first run makes a database there, which takes a few seconds.\n')
await staffa.migrate()
const round = await openRound(staffa)
const twin = await staffa.insert(findLongest.new({}, { meta: { round: round.number } }))
out.write(opening(round))
await run(round)
const jobs = await jobsOf(staffa, round.number)
await staffa.stop()
out.write(summary(jobs, twin))
process.exitCode = jobs.every(({ state }) => state === 'completed' || state === 'cancelled') ? 0 : 1

/** Works until every job of the round has ended. */
async function run({ jobs }: Round): Promise<void> {
  const unfinished = new Set(jobs.filter(({ state }) => !isFinal(state)).map(({ id }) => id))
  const line = progress(out, { done: jobs.length - unfinished.size, total: jobs.length })
  const over = Promise.withResolvers<void>()
  const ended = ({ job, state }: { readonly job: Job; readonly state: Job['state'] }) => {
    if (!isFinal(state) || !unfinished.delete(job.id)) return
    line.step()
    if (unfinished.size === 0) over.resolve()
  }
  onTelemetry('job.stop', ended)
  onTelemetry('job.exception', ({ error, ...event }) => {
    line.say(`${event.job.worker} failed in attempt ${event.job.attempt} (${error}), and is now ${event.state}.`)
    ended(event)
  })

  await staffa.start()
  await over.promise
  line.end()
}

function opening({ isNew, jobs, number }: Round): string {
  if (isNew)
    return `Round ${number}: ${jobs.length} jobs inserted. Kill this program at any time, and start it again.\n`
  const done = jobs.filter(({ state }) => isFinal(state)).length

  return `Round ${number} was cut short: ${done} of its ${jobs.length} jobs are done and stay done. The rest follows.\n`
}
