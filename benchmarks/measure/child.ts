// The process that a contender is measured in: it does what its parent asks, one task after another.
import { loadContender } from '../contenders/index.ts'
import { loadWorkload } from '../workloads/index.ts'
import type { Assignment, Reply, Request } from './messages.ts'
import type { Bench, Task } from './task.ts'
import { commonTasks } from './tasks.ts'

function send(reply: Reply): void {
  process.send?.(reply)
}

async function main({ workload, contender: key, place }: Assignment): Promise<void> {
  const contender = await loadContender(key)
  const client = contender.open(place)
  const bench: Bench = { contender, client, tell: (news) => send({ news }) }
  const tasks: Readonly<Record<string, Task>> = { ...commonTasks, ...(await loadWorkload(workload)).tasks }

  process.on('disconnect', () => process.exit()) // nobody is there to ask any more
  process.on('message', async (request: Request) => {
    try {
      if ('end' in request) {
        await client.stop()
        process.exit()
      }
      const task = tasks[request.task]
      if (!task) throw new Error(`expected a task of ${workload}, got ${request.task}`)
      send({ result: await task(bench, request.params as never) })
    } catch (error) {
      send({ error: error instanceof Error ? String(error.stack) : String(error) })
    }
  })
  send({ result: 'ready' })
}

await main(JSON.parse(process.argv[2] as string) as Assignment)
