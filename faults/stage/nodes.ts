import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from '../history.ts'
import { readLines, runsOf } from '../ledger/reader.ts'
import type { NodeOrder } from '../node/protocol.ts'
import { NodeProcess } from './node-process.ts'

const lease = 2_000
const limit = 8

/** The nodes of a scenario, living and dead. */
export class Nodes implements AsyncDisposable {
  readonly lease = lease
  readonly #usual: Pick<NodeOrder, 'url' | 'prefix'> & Partial<NodeOrder>
  readonly #directory: string
  readonly #all: NodeProcess[] = []

  constructor(usual: Pick<NodeOrder, 'url' | 'prefix'> & Partial<NodeOrder>, directory: string) {
    this.#usual = usual
    this.#directory = directory
  }

  get living(): readonly NodeProcess[] {
    return this.#all.filter(({ alive }) => alive)
  }

  /** Starts one more node, with the usual options but for these; resolves when it works. */
  async start(order?: Partial<NodeOrder>): Promise<NodeProcess> {
    const node = `node-${this.#all.length + 1}`
    const started = new NodeProcess({
      ...this.#usual,
      node,
      file: join(this.#directory, node),
      limit,
      lease,
      ...order,
    })
    this.#all.push(started)
    await started.ready()

    return started
  }

  async leader(): Promise<NodeProcess> {
    for (;;) {
      const leader = this.living.find(({ leads }) => leads)
      if (leader) return leader
      await sleep(50)
    }
  }

  /** What they have written down themselves. */
  seen(): Pick<History, 'lease' | 'limit' | 'runs' | 'nodes'> {
    return {
      lease,
      limit,
      runs: this.#all.flatMap(({ name, file }) => runsOf(name, readLines(file))),
      nodes: this.#all.map((node) => node.life()),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.living.map((node) => node.kill()))
  }
}
