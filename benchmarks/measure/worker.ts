import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Assignment, Reply } from './messages.ts'

/** A process of its own for one contender, seen from outside. */
export class Worker {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #reply = Promise.withResolvers<unknown>()
  /** Called with what the process tells in between. */
  onNews: (news: unknown) => void = () => {}

  constructor(assignment: Assignment, flags: readonly string[] = []) {
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [JSON.stringify(assignment)], {
      execArgv: ['--expose-gc', ...flags],
      env: { ...process.env, NODE_ENV: 'production', NO_LOG_SUCCESS: '1' },
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (message) => this.#receive(message as Reply))
    this.#child.on('exit', (code) =>
      this.#reply.reject(new Error(`expected a process to go on, it ended with ${code}`)),
    )
    this.#reply.promise.catch(() => {}) // it may end when nobody asks
  }

  /** Resolves when the process can be asked. */
  async ready(): Promise<this> {
    await this.#reply.promise

    return this
  }

  async ask<Result>(task: string, params: unknown = {}): Promise<Result> {
    this.#reply = Promise.withResolvers()
    this.#child.send({ task, params })

    return (await this.#reply.promise) as Result
  }

  /** Lets the contender stop and the process end; one that does not is killed. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.send({ end: true })
    const impatient = setTimeout(() => this.kill(), 5_000)
    await this.#exited
    clearTimeout(impatient)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #receive(message: Reply): void {
    if ('news' in message) this.onNews(message.news)
    else if ('error' in message) this.#reply.reject(new Error(message.error))
    else this.#reply.resolve(message.result)
  }
}
