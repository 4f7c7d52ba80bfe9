import { setTimeout as sleep } from 'node:timers/promises'
import type { Desk } from '../desk/desk.ts'
import type { Fault } from '../history.ts'
import { now } from '../ledger/line.ts'
import { executingQuery, lostQuery } from '../ledger/tables.ts'
import type { Line } from '../network/line.ts'
import type { Random } from '../random.ts'
import type { Server } from '../server/server.ts'
import type { Database } from './database.ts'
import type { NodeProcess } from './node-process.ts'
import type { Nodes } from './nodes.ts'

export interface Props {
  readonly server: Server | undefined
  readonly database: Database
  readonly desk: Desk
  readonly line: Line | undefined
  readonly random: Random
  readonly quick: boolean
  readonly nodes: Nodes
}

/** What a scenario has to break, and how it says what it broke. */
export class Stage {
  readonly faults: Fault[] = []
  /** From when on work has to go on by itself, if not from the end of the plot. */
  leftAt: number | undefined
  readonly database: Database
  readonly desk: Desk
  readonly random: Random
  readonly nodes: Nodes
  readonly #props: Props

  constructor(props: Props) {
    this.#props = props
    this.database = props.database
    this.desk = props.desk
    this.random = props.random
    this.nodes = props.nodes
  }

  get server(): Server {
    return there(this.#props.server, 'a server of its own')
  }

  get line(): Line {
    return there(this.#props.line, 'a line to it')
  }

  /** One time for the whole run, and a shorter one for the quick run, in milliseconds. */
  time({ whole, quick }: { readonly whole: number; readonly quick: number }): number {
    return this.#props.quick ? quick : whole
  }

  wait(milliseconds: number): Promise<void> {
    return sleep(milliseconds)
  }

  /** Does no more from now on, though what is broken stays so until a node finds it out. */
  leave(): void {
    this.leftAt = now()
  }

  /** Waits a while that the seed chooses, so that faults meet work at other points each time. */
  async soon(): Promise<void> {
    await sleep(this.random.between(100, 600))
  }

  /** Stops a node in the middle of a job, by a signal. */
  async pause(node: NodeProcess): Promise<void> {
    const query = executingQuery(this.database.schema)
    for (;;) {
      await this.seen(query, [node.name])
      node.signal('SIGSTOP')
      await sleep(300) // what it has sent already is answered by then
      if ((await this.database.query(query, [node.name])).length > 0) return
      node.signal('SIGCONT')
    }
  }

  /** Waits until others have taken a job from a node which it was executing; at most for a while. */
  async taken(node: NodeProcess): Promise<void> {
    await this.seen(lostQuery(this.database.schema), [node.name])
  }

  /** Waits until a query finds something; at most for a while. */
  async seen(text: string, values: readonly unknown[] = []): Promise<void> {
    const patience = now() + this.nodes.lease * 10
    while (now() < patience && (await this.database.query(text, values)).length === 0) await sleep(100)
  }

  /** Breaks something for these nodes, for as long as the work takes. */
  async fault(what: string, nodes: readonly NodeProcess[], work: () => Promise<unknown>): Promise<void> {
    const from = now()
    const fault = { what, nodes: nodes.map(({ name }) => name), from }
    try {
      await work()
    } finally {
      this.faults.push({ ...fault, to: now() })
    }
  }
}

function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`expected the scenario to have asked for ${what}`)

  return value
}
