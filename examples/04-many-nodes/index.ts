import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { newJob, Staffa } from '@staffa/core'
import { startPostgres } from '../../test/postgres.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const server = process.env.DATABASE_URL ? undefined : await startPostgres()
const url = process.env.DATABASE_URL ?? server?.url ?? ''
const prefix = `many_nodes_${process.pid}`
const count = 300

// This program only inserts and commands: it works no queue, and knows no worker but by name.
const staffa = new Staffa({ database: url, prefix, node: 'desk' })
await staffa.migrate()

const worked = new Map<string, number>()
const children: readonly ChildProcess[] = await Promise.all(['anna', 'bert', 'cara'].map(startNode))
say(`${children.length} nodes are at work`)

await staffa.queues.pause('default')
await staffa.insertAll(Array.from({ length: count }, (_, index) => newJob('greet', { index })))
await staffa.queues.resume('default')
while (worked.size < children.length || total() < count / 3) await sleep(10)

// One of them is killed in the middle. Nobody has to notice: its jobs are taken back and run elsewhere.
children[0]?.kill('SIGKILL')
say('anna was killed')
while ((await staffa.jobs.count({ state: 'completed' })) < count) await sleep(50)

say(`${count} of ${count} jobs are completed`)
say(`every node has worked: ${['anna', 'bert', 'cara'].every((name) => (worked.get(name) ?? 0) > 0)}`)
await Promise.all(children.slice(1).map(stopNode))
await staffa.stop()
await server?.stop()

async function startNode(name: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./node.ts', import.meta.url)), [url, prefix, name])
  child.on('message', (message) => {
    if (message === 'greeted') worked.set(name, (worked.get(name) ?? 0) + 1)
  })
  await once(child, 'message')

  return child
}

/** Asks as an operating system would: the node ends what it runs, and goes. */
async function stopNode(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

function total(): number {
  return [...worked.values()].reduce((sum, some) => sum + some, 0)
}
