import { openSync, writeSync } from 'node:fs'
import { onTelemetry } from '@staffa/core'
import { definePlugin, type Plugin } from '@staffa/core/plugin'
import { type Entry, now } from './line.ts'

/** Writes down what one process does. What is written survives kill -9, whatever becomes of the database. */
export class Recorder {
  readonly #file: number
  #onNextStart: (() => void) | undefined

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify({ at: now(), ...entry })}\n`)
  }

  /** Does something as soon as a handler is about to begin, once. */
  onNextStart(work: () => void): void {
    this.#onNextStart = work
  }

  /** The layer that sees every handler begin and end. */
  layer(): Plugin<{ readonly job: { readonly id: number; readonly attempt: number } }> {
    return definePlugin({
      plugin: 'recorder',
      execute: async ({ job: { id: job, attempt } }, next) => {
        this.write({ kind: 'start', job, attempt })
        this.#onNextStart?.()
        this.#onNextStart = undefined
        try {
          return await next()
        } finally {
          this.write({ kind: 'leave', job, attempt })
        }
      },
    })
  }

  /** Writes down what the instance of this process tells. */
  listen(): void {
    const ended = (written: boolean) => (event: { job: { id: number; attempt: number }; state: string }) => {
      const { job, state } = event
      // A job that was cancelled from outside has its end already: whether this wrote it, nobody says.
      this.write({ kind: 'end', job: job.id, attempt: job.attempt, state, written: written && state !== 'cancelled' })
    }
    onTelemetry('job.stop', ended(true))
    onTelemetry('job.exception', ended(true))
    onTelemetry('job.late', ended(false))
    onTelemetry('job.abandoned', ({ job }) => this.write({ kind: 'abandoned', job: job.id, attempt: job.attempt }))
    onTelemetry('leader.election', ({ leader }) => this.write({ kind: 'leader', leads: leader }))
    onTelemetry('engine.stop', ({ verb, duration }) => {
      if (verb === 'beatProducers') this.write({ kind: 'beat', from: now() - duration })
    })
    onTelemetry('failure', ({ where, error }) => {
      this.write({ kind: 'failure', where, message: error instanceof Error ? error.message : String(error) })
    })
  }

  /** Writes down when the process got no time: because it was stopped, or blocked itself, or the machine was busy. */
  watchStalls(): void {
    let last = now()
    setInterval(() => {
      if (now() - last > 300) this.write({ kind: 'stall', from: last })
      last = now()
    }, 50).unref()
  }
}
