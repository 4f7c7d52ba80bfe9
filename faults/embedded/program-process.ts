import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Insert, NodeLife } from '../history.ts'
import { now } from '../ledger/line.ts'
import { only, readLines, runsOf, spansOf } from '../ledger/reader.ts'
import { forkProgram } from '../stage/fork-program.ts'
import type { ProgramOrder } from './protocol.ts'

/** A program with an embedded database, seen by whoever kills it. */
export class ProgramProcess {
  readonly order: ProgramOrder
  readonly #child: ChildProcess
  readonly #started = now()
  readonly #gone: Promise<void>
  #ended: number | undefined
  #expected = false

  constructor(order: ProgramOrder) {
    this.order = order
    this.#child = forkProgram('embedded/program.ts')
    this.#gone = once(this.#child, 'exit').then(() => {
      this.#ended = now()
    })
    this.#child.send(order)
  }

  async ready(): Promise<void> {
    const ready = once(this.#child, 'message').then(() => true)
    if (!(await Promise.race([ready, this.#gone.then(() => false)])))
      throw new Error(`${this.order.node} did not start`)
  }

  async kill(): Promise<void> {
    this.#expected = true
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  /** Has it insert no more, do what there is, and end. */
  async finish(): Promise<void> {
    this.#expected = true
    this.#child.send('finish')
    await this.#gone
  }

  life(): NodeLife {
    const { node, file } = this.order
    const crashed = this.#ended !== undefined && !this.#expected

    return {
      name: node,
      started: this.#started,
      ended: this.#ended,
      crashed,
      seen: now(),
      ...spansOf(readLines(file)),
    }
  }

  runs() {
    return runsOf(this.order.node, readLines(this.order.file))
  }

  /** What it was told of its inserts. The last one may have been under way when it was killed. */
  inserts(): readonly Insert[] {
    const lines = readLines(this.order.file)
    const told = new Map(only(lines, 'inserted').map((line) => [line.key, line]))

    return only(lines, 'inserting').map(({ key, at }) => {
      const line = told.get(key)

      return line
        ? { key, at, outcome: 'acknowledged', id: line.id, conflict: line.conflict }
        : { key, at, outcome: 'unknown' }
    })
  }
}
