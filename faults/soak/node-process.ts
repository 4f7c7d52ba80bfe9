import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NodeReport, SoakOrder } from './protocol.ts'

/** A node in a process of its own, as the program sees it that forked it. */
export interface NodeProcess {
  readonly node: string
  report(): Promise<NodeReport>
  /** Lets its jobs end; rejects when the process did not end well. */
  stop(): Promise<void>
}

/** Starts a node; resolves when it works. */
export async function startNode(order: SoakOrder): Promise<NodeProcess> {
  const child = fork(fileURLToPath(new URL('./node.ts', import.meta.url)), { stdio: 'inherit' })
  child.send(order)
  await answer(child, order.node)

  return {
    node: order.node,
    report: async () => {
      child.send('report')

      return (await answer(child, order.node)) as NodeReport
    },
    stop: async () => {
      const exited = once(child, 'exit')
      child.send('stop')
      const [code] = await exited
      if (code !== 0) throw new Error(`expected ${order.node} to end well, got code ${code}`)
    },
  }
}

async function answer(child: ChildProcess, node: string): Promise<unknown> {
  const over = new AbortController()
  const gone = once(child, 'exit', over).then(([code]) => {
    throw new Error(`expected ${node} to go on, got an exit with code ${code}`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', over), gone])) as [unknown]

    return message
  } finally {
    over.abort()
    gone.catch(() => {})
  }
}
