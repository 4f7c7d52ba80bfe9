// The same by `require`, and with one copy of every module, whichever way it is loaded.
const assert = require('node:assert/strict')
const { setTimeout: sleep } = require('node:timers/promises')
const { Staffa, worker } = require('@staffa/core')
const { pglite } = require('@staffa/pglite')
const doors = require('./doors.json')

async function main() {
  for (const door of doors) assert.equal(require(door), await import(door), door)

  const greet = worker({ name: 'greet' }).process(async ({ args }) => ({ greeting: `Hello, ${args.name}` }))
  const staffa = new Staffa({ database: pglite(), queues: { default: 1 }, workers: [greet] })
  await staffa.migrate()
  await staffa.start()
  const { id } = await staffa.insert(greet.new({ name: 'Ann' }))
  assert.equal(await finalState(staffa, id), 'completed')
  await staffa.stop()
}

async function finalState(staffa, id) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(20)) {
    const job = await staffa.jobs.get(id)
    if (job.state === 'completed') return job.state
  }
}

main()
