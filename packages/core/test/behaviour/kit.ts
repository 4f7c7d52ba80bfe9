import { type TestOptions, type TestStaffa, testStaffa } from '@staffa/testing'
import { afterAll, beforeAll, inject, onTestFinished, vi } from 'vitest'
import { type Job, onTelemetry, type TelemetryEvents, type TelemetryName, worker } from '../../src/index.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** Both databases, by name, as `database` of an instance. Without one, an instance is on PostgreSQL. */
export const databases: readonly (readonly [name: string, database: () => string | undefined])[] = [
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
]

/** Options by which nothing happens in the background unless a test asks for it. */
export const still = { leader: false, rescuer: false, pruner: false, stager: false } as const

/** What opens the gates of the test that is running. */
const gates = new Set<() => void>()

/** An instance of the test that is running: gone when the test is over, without waiting at closed gates. */
export function instance(options: TestOptions = {}): Promise<TestStaffa> {
  const onFinished = (tearDown: () => Promise<void>) =>
    onTestFinished(() => {
      for (const open of gates) open()

      return tearDown()
    })

  return testStaffa({ logger: quiet, database: inject('databaseUrl'), ...options, onFinished })
}

/** One instance for all tests of a block, which then see each other's jobs: for tables of many small cases. */
export function shared(options: () => TestOptions): () => TestStaffa {
  let made: TestStaffa | undefined
  beforeAll(async () => {
    made = await testStaffa({ logger: quiet, database: inject('databaseUrl'), ...options() })
  })
  afterAll(() => made?.[Symbol.asyncDispose]())

  return () => made as TestStaffa
}

/** Another instance on the same tables. */
export function sibling(staffa: TestStaffa, options: TestOptions = {}): Promise<TestStaffa> {
  return instance({ database: staffa.database, ...options, prefix: staffa.prefix })
}

const nothing = () => {}

/** A logger that keeps what tests provoke off the screen. */
export const quiet = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing })

/** A worker that does nothing. */
export const noop = worker({ name: 'noop' }).process(() => {})

/**
 * For a test of a time that is promised: a machine that is busy with other things may miss it once, and code that does
 * not keep it misses it every time.
 */
export const timed = { retry: 3 } as const

/** Jobs that run until the test lets them go. */
export interface Gate {
  /** Ids of the jobs that have begun, in order. */
  readonly begun: readonly number[]
  /** Resolves when so many have begun. */
  reached(count: number): Promise<void>
  /** Lets everything go, now and from now on. */
  open(): void
  readonly pass: (job: Job) => Promise<void>
}

/** Makes a gate, which opens at the latest when the test is over. */
export function gate(): Gate {
  const begun: number[] = []
  const opened = Promise.withResolvers<void>()
  let waiters: { readonly count: number; readonly resolve: () => void }[] = []
  gates.add(opened.resolve)
  onTestFinished(() => void gates.delete(opened.resolve))

  return {
    begun,
    open: opened.resolve,
    reached: (count) =>
      new Promise((resolve) => {
        if (begun.length >= count) resolve()
        else waiters.push({ count, resolve })
      }),
    pass: ({ id }) => {
      begun.push(id)
      for (const { count, resolve } of waiters) if (begun.length >= count) resolve()
      waiters = waiters.filter(({ count }) => begun.length < count)

      return opened.promise
    },
  }
}

/** Resolves when this instance has heard every notice that was sent before. */
export async function allHeard(staffa: TestStaffa): Promise<void> {
  const listening = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<void>()
  onTestFinished(staffa.listen('last', () => heard.resolve(), listening.resolve))
  await listening.promise
  await staffa.notify('last', {})
  await heard.promise
}

type Event<Name extends TelemetryName> = TelemetryEvents[Name] & { readonly instance: string; readonly node: string }

/** Collects the events of a name until the test is over. */
export function events<Name extends TelemetryName>(name: Name, node?: string): Event<Name>[] {
  const list: Event<Name>[] = []
  const end = onTelemetry(name, (event) => {
    if (node === undefined || event.node === node) list.push(event as Event<Name>)
  })
  onTestFinished(end)

  return list
}
