import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa, stopOnSignals, worker } from '@staffa/core'

const [url = '', prefix, node] = process.argv.slice(2)

const greet = worker({ name: 'greet' }).process(async () => {
  await sleep(50)
  process.send?.('greeted')
})

const staffa = new Staffa({
  database: url,
  prefix,
  node,
  queues: { default: 5 },
  workers: [greet],
  leader: { lease: { seconds: 2 } },
  rescuer: { lease: { seconds: 2 }, interval: { milliseconds: 500 } },
})

stopOnSignals(staffa)
await staffa.start()
process.send?.('ready')
