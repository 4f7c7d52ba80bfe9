// Runs on the packed packages, outside the workspace: `pnpm packages:check`.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import doors from './doors.json' with { type: 'json' }

const greet = worker({ name: 'greet' })
  .typed<{ name: string }>()
  .process(async ({ args }) => ({ greeting: `Hello, ${args.name}` }))

for (const door of doors) assert.ok(await import(door), door)

const staffa = new Staffa({ database: pglite(), queues: { default: 1 }, workers: [greet] })
await staffa.migrate()
await staffa.start()
const { id } = await staffa.insert(greet.new({ name: 'Ann' }))

let job = await staffa.jobs.get(id)
for (const deadline = Date.now() + 30_000; job?.state !== 'completed' && Date.now() < deadline; ) {
  await sleep(20)
  job = await staffa.jobs.get(id)
}
await staffa.stop()

assert.equal(job?.state, 'completed')
assert.deepEqual(job.args, { name: 'Ann' })
