import { worker } from '@staffa/core'
import { acknowledge, compose, prepare } from '@staffa/core/internal'
import {
  type AnyPlugin,
  type Client,
  complete,
  type EndListener,
  type Job,
  type JobContext,
  type JsonObject,
  type NewJob,
  type Next,
  type Outcome,
  type Transaction,
  type Worker,
} from '@staffa/core/plugin'

/** A plugin on the bench: what goes in at the front, and what runs at its back. */
export interface Subject {
  readonly plugin: AnyPlugin
  readonly args: JsonObject
  readonly handler?: ((context: JobContext) => Promise<Outcome>) | undefined
  readonly id?: number | undefined
}

/** What a layer beside the plugin has seen. */
export interface Witness {
  job?: NewJob
  context?: JobContext
}

/** One way through the bench: what was stored, and how the attempt ended. */
export interface Passage {
  readonly stored: NewJob
  readonly inside: Witness
  readonly outside: Witness
  readonly calls: number
  readonly ended?: Outcome | undefined
  readonly thrown?: unknown
}

interface Bench {
  readonly tried: Worker
  readonly inside: Witness
  readonly outside: Witness
  readonly calls: () => number
}

/** Takes a job inwards to outwards: describes it, and lets every layer transform it. */
export async function insert(subject: Subject): Promise<{ readonly stored: NewJob }> {
  const { tried } = benchFor(subject)

  return { stored: await prepare(tried.new(subject.args), []) }
}

/** Inserts a job, stores it as JSON, and runs it. */
export async function execute(subject: Subject): Promise<Passage> {
  const { tried, inside, outside, calls } = benchFor(subject)
  const stored = await prepare(tried.new(subject.args), [])
  const run = compose(tried.stack, tried.handler)
  const job = jobOf(stored, { id: subject.id ?? 1 })
  const listeners: EndListener[] = []
  const ended = await run(contextOf(job, listeners)).catch((error: unknown) => ({ kind: 'raised' as const, error }))
  const { state } = acknowledge(job, ended)
  for (const listener of listeners.toReversed()) await listener({ state, ended })

  return {
    ...{ stored, inside, outside, calls: calls() },
    ...(ended.kind === 'raised' ? { thrown: ended.error } : { ended }),
  }
}

/** As much of a builder as takes layers of every type. */
interface AnyBuilder {
  use(layer: AnyPlugin): AnyBuilder
  process(handler: never): Worker
}

function benchFor({ plugin, handler = async () => complete() }: Subject): Bench {
  let calls = 0
  const [inside, outside]: [Witness, Witness] = [{}, {}]
  const counted = counting(plugin, () => {
    calls += 1
  })
  const stack = [watching('outside', outside), counted, watching('inside', inside)]
  const outermost: AnyBuilder = worker({ name: 'conformance' })
  const builder = stack.reduce((built, layer) => built.use(layer), outermost)

  return { tried: builder.process(handler as never), inside, outside, calls: () => calls }
}

function counting(plugin: AnyPlugin, count: () => void): AnyPlugin {
  const { execute } = plugin
  if (!execute) return plugin

  return {
    ...plugin,
    execute: (context: object, next: Next) =>
      execute(context, (adds) => {
        count()

        return next(adds)
      }),
  }
}

/** A layer that keeps what it sees, and marks what it passes on. */
function watching(plugin: 'inside' | 'outside', witness: Witness): AnyPlugin {
  return {
    plugin,
    insert: (job) => {
      witness.job = job

      return Object.freeze({ ...job, meta: Object.freeze({ ...job.meta, [plugin]: { kept: true } }) })
    },
    execute: async (context: JobContext, next: Next) => {
      witness.context = context
      const outcome = await next({ [plugin]: witness })

      return { ...outcome, meta: { ...outcome.meta, [plugin]: { kept: true } } }
    },
  }
}

/** A job as it comes back from the database. */
export function jobOf({ args, meta }: Pick<NewJob, 'args' | 'meta'>, changes: Partial<Job> = {}): Job {
  const now = new Date()
  const never = { completedAt: undefined, cancelledAt: undefined, discardedAt: undefined }
  const [stored, kept] = JSON.parse(JSON.stringify([args, meta])) as [JsonObject, JsonObject]

  return Object.freeze({
    id: 1,
    state: 'executing',
    queue: 'default',
    worker: 'conformance',
    args: stored,
    meta: kept,
    tags: [],
    errors: [],
    attempt: 1,
    maxAttempts: 20,
    priority: 0,
    attemptedBy: ['conformance'],
    insertedAt: now,
    scheduledAt: now,
    attemptedAt: now,
    ...never,
    ...changes,
  })
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A transaction in which nothing is found. */
export const noDatabase: Transaction = { query: async () => ({ rows: [] }) }

const unreachable = async () => Promise.reject(new Error('the conformance suite has no database'))

/** An instance that reaches nothing. */
export const noClient = {
  name: 'Oban',
  node: 'conformance',
  use: [],
  insert: unreachable,
  insertAll: unreachable,
  jobs: { get: unreachable },
  notify: async () => {},
  listen: () => () => {},
} as Partial<Client> as Client

function contextOf(job: Job, listeners: EndListener[]): JobContext {
  return Object.freeze({
    job,
    args: job.args,
    signal: new AbortController().signal,
    staffa: noClient,
    logger: quiet,
    seal: async (text: string) => text,
    acknowledge: unreachable,
    onEnd: (listener: EndListener) => void listeners.push(listener),
  })
}
