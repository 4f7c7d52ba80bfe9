import { Staffa, worker } from '@staffa/core'
import { cron, parseExpression } from '@staffa/cron'
import { pglite } from '@staffa/pglite'
import { manualClock, untilEvent } from '@staffa/testing'

const say = (line: string) => process.stdout.write(`${line}\n`)

const brew = worker({ name: 'brew' })
  .typed<{ cups: number }>()
  .process(({ args, job }) => say(`${args.cups} cups, for ${job.meta.cron_at}`))
const report = worker({ name: 'report' }).process(({ job }) => say(`the report, for ${job.meta.cron_at}`))

const crons = cron([
  { expression: '0 7,9 * * *', worker: brew, args: { cups: 4 } },
  { expression: '30 8 * * MON-FRI', worker: report, timezone: 'Europe/London', guaranteed: true },
])
for (const text of ['0 7,9 * * *', '30 8 * * MON-FRI', '*/10 8-18 * * *']) {
  say(`${text} is ${parseExpression(text).describe()}`)
}

// London's clocks were put forward the night before.
const clock = manualClock(new Date('2025-03-31T06:59:30Z'))
await using staffa = new Staffa({ database: pglite(), workers: [brew, report], services: [crons], clock })
await staffa.migrate()
const elected = untilEvent('leader.election')
await staffa.start()
await elected

/** The service looks at the clock by itself, every minute. Here nobody waits for that. */
async function at(time: string): Promise<void> {
  clock.set(new Date(`2025-03-31T${time}Z`))
  await crons.tick()
  await staffa.drain({ queue: 'default' })
}

await at('07:00:00')
await at('07:00:30') // the same minute again: nothing
await at('08:15:00') // everybody was asleep at 07:30, which is 08:30 in London

const tea = await crons.insert({ expression: '*/30 * * * *', worker: brew, args: { cups: 1 }, name: 'tea' })
say(`tea comes next at ${tea.nextAt?.toISOString()}`)
await at('08:30:00')
await crons.pause('tea')
await at('09:00:00')
await crons.resume('tea')
await crons.update('tea', { args: { cups: 2 } })
await at('09:30:00')

for (const { name, expression, nextAt } of await crons.list())
  say(`${name}: ${expression}, next ${nextAt?.toISOString()}`)
