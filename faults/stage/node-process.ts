import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { NodeLife } from '../history.ts'
import { now } from '../ledger/line.ts'
import { only, readLines, spansOf } from '../ledger/reader.ts'
import type { NodeCommand, NodeOrder } from '../node/protocol.ts'
import { forkProgram } from './fork-program.ts'

/** A node in a process of its own, seen by whoever breaks it. */
export class NodeProcess {
  readonly name: string
  readonly file: string
  readonly started = now()
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #ended: number | undefined
  #expected = false

  constructor(order: NodeOrder) {
    this.name = order.node
    this.file = order.file
    this.#child = forkProgram('node/node.ts')
    this.#gone = once(this.#child, 'exit').then(() => {
      this.#ended = now()
    })
    this.#child.send(order)
  }

  get alive(): boolean {
    return this.#ended === undefined && !this.#expected
  }

  /** Resolves when it works its queue. */
  async ready(): Promise<void> {
    const ready = once(this.#child, 'message').then(() => true)
    if (!(await Promise.race([ready, this.#gone.then(() => false)]))) throw new Error(`${this.name} did not start`)
  }

  /** Whether it leads, by its own last word. */
  get leads(): boolean {
    return only(readLines(this.file), 'leader').at(-1)?.leads ?? false
  }

  command(command: NodeCommand): void {
    this.#child.send(command)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#expected = true
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  /** Asks it to end what it does and go. */
  async stop(): Promise<void> {
    if (this.#expected || this.#ended !== undefined) return this.#gone
    this.#expected = true
    this.command({ action: 'stop' })
    await this.#gone
  }

  life(): NodeLife {
    return {
      name: this.name,
      started: this.started,
      ended: this.#ended,
      crashed: this.#ended !== undefined && !this.#expected,
      seen: now(),
      ...spansOf(readLines(this.file)),
    }
  }
}
