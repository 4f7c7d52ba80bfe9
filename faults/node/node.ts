// A node in a process of its own: takes its order from the program that forked it, and writes down what it does.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa } from '@staffa/core'
import { silent } from '../ledger/line.ts'
import { Recorder } from '../ledger/recorder.ts'
import { turnClock } from './clock.ts'
import { reach } from './database.ts'
import type { NodeCommand, NodeOrder } from './protocol.ts'
import { known, workersOf } from './workers.ts'

const [order] = (await once(process, 'message')) as [NodeOrder]
const { prefix, node, limit, lease, old = false, ahead = 0 } = order
turnClock(ahead)
const recorder = new Recorder(order.file)
recorder.listen()
recorder.watchStalls()
const { database, application, pool } = reach(order)

const staffa = new Staffa({
  database,
  prefix,
  node,
  logger: silent,
  queues: { default: { limit } },
  workers: known(workersOf({ application, schema: `"${prefix}"`, node }), { old }),
  use: [recorder.layer()],
  leader: { lease: { milliseconds: lease } },
  rescuer: { lease: { milliseconds: lease }, interval: { milliseconds: lease / 4 } },
  stager: { interval: { milliseconds: 200 } },
  shutdownGracePeriod: { seconds: 5 },
})

process.on('message', (command: NodeCommand) => void obey(command))
process.once('disconnect', () => process.exit()) // whoever forked it is gone

await staffa.start()
process.send?.('ready')
flushCompileCache() // whoever is killed writes nothing at its end

async function obey(command: NodeCommand): Promise<void> {
  if (command.action === 'block') recorder.onNextStart(() => block(command.until))
  if (command.action === 'exhaust') await exhaust(command.milliseconds)
  if (command.action === 'stop') await stop()
}

async function stop(): Promise<void> {
  await staffa.stop()
  await pool.end()
  process.disconnect()
}

function block(until: string): void {
  while (!existsSync(until));
}

async function exhaust(milliseconds: number): Promise<void> {
  const taken = await Promise.all(Array.from({ length: order.shared ?? 0 }, () => take()))
  await sleep(milliseconds)
  for (const give of taken) give()
}

/** One connection after another gets free. Not the one that listens. */
async function take(): Promise<() => void> {
  const impatience = sleep(2_000).then(() => undefined)
  const taking = pool.connect()
  const client = await Promise.race([taking, impatience])
  if (!client) void taking.then((late) => late.release())

  return () => client?.release()
}
