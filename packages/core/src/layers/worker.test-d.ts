// What a worker's types must let through, and what they must not. Checked by the compiler; nothing here runs.
import { expectTypeOf } from 'vitest'
import type { Encoded, InsertedJob, Job, NewJob } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import { cancel, complete, discard, fail, snooze } from '../job/outcome.ts'
import { newJob } from '../lifecycle/describe.ts'
import type { Client } from './client.ts'
import { type AnyPlugin, definePlugin, type JobContext, type Next, type Plugin } from './plugin.ts'
import { type ResultOf, type Worker, worker } from './worker.ts'

// Plugins of every make, as packages write them.
declare function sealing(): Plugin<{ readonly args: Encoded }>
declare function parsing<Input, Output>(): Plugin<JobContext<Encoded>, { readonly args: Output }, Input>
declare function watching<Context extends object>(on: (context: Context, result: unknown) => void): Plugin<Context>
interface Recording {
  readonly recording: true
}
declare function recording(): Plugin<object, Recording>
declare function gathering(): Plugin<object, { readonly jobs: readonly Job[] }>
interface Pool {
  readonly query: (text: string) => Promise<readonly unknown[]>
}
declare const pool: Pool

// 1. Callers pass what the parser takes; the function gets what it gives.
const sendEmail = worker({ name: 'send-email', queue: 'mail' })
  .use(sealing())
  .use(parsing<{ to: string; at: string }, { to: string; at: Date }>())
  .use(recording())
  .process(async ({ args, job, signal, staffa, recording }) => {
    expectTypeOf(args).toEqualTypeOf<{ to: string; at: Date }>()
    expectTypeOf(job).toEqualTypeOf<Job>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(staffa).toEqualTypeOf<Client>()
    expectTypeOf(recording).toEqualTypeOf<true>()

    return { messageId: `<${args.to}>`, year: args.at.getFullYear() }
  })
const anEmail = { to: 'ann@example.com', at: '2030-01-01T00:00:00Z' }

expectTypeOf(sendEmail.new).parameter(0).toEqualTypeOf<{ to: string; at: string }>()
expectTypeOf(sendEmail.new(anEmail)).toEqualTypeOf<NewJob<{ messageId: string; year: number }>>()

// 2. The result is what the function returns, without its outcomes.
const poll = worker({ name: 'poll' }).process(async ({ job }) => {
  if (job.attempt > 9) return discard('hopeless')
  if (job.attempt > 5) return cancel('gave up')
  if (job.attempt > 3) return fail('busy')
  if (job.attempt > 1) return snooze({ minutes: 1 })

  return { done: true as const }
})

expectTypeOf(poll.new({})).toEqualTypeOf<NewJob<{ done: true }>>()
expectTypeOf<ResultOf<Promise<ReturnType<typeof cancel>>>>().toBeNever()
expectTypeOf(
  worker({ name: 'void' })
    .process(() => {})
    .new({}),
).toEqualTypeOf<NewJob<void>>()
expectTypeOf(
  worker({ name: 'done' })
    .process(() => complete(1))
    .new({}),
).toEqualTypeOf<NewJob<never>>()

// 3. What merely looks like an outcome is a result.
const lookalike = worker({ name: 'lookalike' }).process(() => ({ kind: 'cancelled' as const, reason: 'unpaid' }))
expectTypeOf(lookalike.new({})).toEqualTypeOf<NewJob<{ kind: 'cancelled'; reason: string }>>()

// 4. Without a parser args are raw inside, and any JSON object outside.
const raw = worker({ name: 'raw' }).process(({ args }) => {
  expectTypeOf(args).toEqualTypeOf<Encoded>()
})
expectTypeOf(raw.new).parameter(0).toEqualTypeOf<JsonObject>()

// 5. Args may be typed by hand, also inside a layer that seals them.
const byHand = worker({ name: 'by-hand' })
  .use(sealing())
  .typed<{ id: number; note?: string }>()
  .process(({ args }) => {
    expectTypeOf(args).toEqualTypeOf<{ id: number; note?: string }>()

    return args.note
  })
expectTypeOf(byHand.new).parameter(0).toEqualTypeOf<{ id: number; note?: string }>()
expectTypeOf(byHand.new({ id: 1 })).toEqualTypeOf<NewJob<string | undefined>>()

// 6. A middleware in place sees what layers outside added, and its own additions reach the layers inside.
const inline = worker({ name: 'inline' })
  .use(async (context, next) => {
    expectTypeOf(context.args).toEqualTypeOf<Encoded>()

    return next({ pool })
  })
  .typed<{ id: number }>()
  .use(async ({ pool, args }, next) => {
    expectTypeOf(args).toEqualTypeOf<{ id: number }>()
    const outcome = await next({ user: (await pool.query(`select ${args.id}`))[0] })
    if (outcome.kind === 'snoozed') return outcome

    return outcome
  })
  .process(({ pool, user, args }) => {
    expectTypeOf(pool).toEqualTypeOf<Pool>()
    expectTypeOf(user).toEqualTypeOf<unknown>()

    return args.id
  })
expectTypeOf(inline).toExtend<Worker<{ id: number }, { pool: Pool }, number>>()

// 7. One that may stop short keeps its additions; one that replaces something replaces its type.
worker({ name: 'guarded' })
  .use(async ({ job }, next) => (job.attempt > 3 ? cancel('too late') : next({ tenant: 'acme' as const })))
  .use(async (_context, next) => next({ args: [1, 2] }))
  .process(({ tenant, args }) => {
    expectTypeOf(tenant).toEqualTypeOf<'acme'>()
    expectTypeOf(args).toEqualTypeOf<number[]>()
  })

// 8. A middleware of its own may state what it needs.
const loadUser = async ({ args, pool }: { args: { userId: number }; pool: Pool }, next: Next) =>
  next({ user: { id: args.userId, rows: await pool.query('…') } })

worker({ name: 'standalone' })
  .use(async (_context, next) => next({ pool }))
  .typed<{ userId: number }>()
  .use(loadUser)
  .process(({ user }) => {
    expectTypeOf(user).toEqualTypeOf<{ id: number; rows: readonly unknown[] }>()
  })

// 9. A plugin with callbacks infers its context from where it stands.
worker({ name: 'watched' })
  .typed<{ to: string }>()
  .use(async (_context, next) => next({ pool }))
  .use(
    watching(({ args, pool, job }, result) => {
      expectTypeOf(args).toEqualTypeOf<{ to: string }>()
      expectTypeOf(pool).toEqualTypeOf<Pool>()
      expectTypeOf(job).toEqualTypeOf<Job>()
      expectTypeOf(result).toEqualTypeOf<unknown>()
    }),
  )
  .process(() => {})

// 10. A plugin of both halves needs no annotation but that of its context.
const tenancy = (current: () => string) =>
  definePlugin({
    plugin: 'tenancy',
    insert: (job) => ({ ...job, meta: { ...job.meta, tenant: current() } }),
    execute: async ({ job }: JobContext, next) => next({ tenant: String(job.meta.tenant) }),
  })
expectTypeOf(tenancy).returns.toEqualTypeOf<Plugin<JobContext, { tenant: string }>>()

worker({ name: 'gathered' })
  .use(tenancy(() => 'acme'))
  .use(gathering())
  .process(({ jobs, tenant }) => {
    expectTypeOf(jobs).toEqualTypeOf<readonly Job[]>()
    expectTypeOf(tenant).toEqualTypeOf<string>()
  })

// 11. A shared beginning is a value, or a function that gives one.
const tenanted = (name: string) =>
  worker({ name, maxAttempts: 5 })
    .use(sealing())
    .use(tenancy(() => 'acme'))
const welcome = tenanted('welcome')
  .typed<{ userId: number }>()
  .process(async ({ args, tenant }) => `${tenant}:${args.userId}`)
expectTypeOf(welcome).toExtend<Worker<{ userId: number }, { tenant: string }, string>>()

// 12. Instances take jobs with their results, workers of any kind, and plugins that add nothing.
declare const staffa: Client
expectTypeOf(staffa.insert(sendEmail.new(anEmail))).resolves.toEqualTypeOf<
  InsertedJob<{ messageId: string; year: number }>
>()
expectTypeOf(staffa.insertAll([welcome.new({ userId: 1 })])).resolves.toEqualTypeOf<readonly InsertedJob<string>[]>()
expectTypeOf(staffa.insert(newJob('MyApp.Mailer', { id: 1 }))).resolves.toEqualTypeOf<InsertedJob<unknown>>()
expectTypeOf<[typeof sendEmail, typeof raw, typeof poll, typeof byHand]>().toExtend<readonly Worker[]>()
expectTypeOf<[Plugin<JobContext>, Plugin<object, Recording>]>().toExtend<readonly AnyPlugin[]>()

// 13. Code over workers can ask for one that records.
declare function fetchResult<Result>(worker: Worker<never, Recording, Result>, id: number): Promise<Result>
expectTypeOf(fetchResult(sendEmail, 1)).resolves.toEqualTypeOf<{ messageId: string; year: number }>()
// @ts-expect-error — nobody records what this one returns
fetchResult(poll, 1)

const w = worker({ name: 'mistakes' })

// 14. What must not compile: at insertion …
// @ts-expect-error — the key is `to`
byHand.new({ to: 'a' })
// @ts-expect-error — and a key too many is a mistake as well
byHand.new({ id: 1, too: 'a' })
// @ts-expect-error — raw args are still JSON
raw.new({ at: new Date() })
// @ts-expect-error — a function is not
raw.new({ at: () => 1 })
// @ts-expect-error — the option is `priority`
raw.new({}, { priorty: 1 })
// @ts-expect-error — a backoff is the worker's affair
raw.new({}, { backoff: () => 1 })
// @ts-expect-error — a schedule is the job's
worker({ name: 'scheduled', scheduleIn: 5 })
// @ts-expect-error — a duration is no text
worker({ name: 'timed', timeout: '5m' })

// 15. … in the order of layers …
// @ts-expect-error — what is parsed cannot be sealed: move `sealing` up
w.use(parsing<{ to: string }, { to: string }>()).use(sealing())
// @ts-expect-error — nor parsed again
w.use(parsing<{ to: string }, { to: string }>()).use(parsing<{ to: string }, { to: string }>())
// @ts-expect-error — nor typed by hand
w.use(parsing<{ to: string }, { to: string }>()).typed<{ id: number }>()
// @ts-expect-error — args are not yet parsed here
w.process(({ args }) => args.to)

// 16. … and in what layers give and take.
// @ts-expect-error — `return` is missing before next()
w.use(async (_context, next) => {
  await next({ a: 1 })
})
// @ts-expect-error — no layer added a pool
w.process(({ pool }) => pool)
// @ts-expect-error — nor the user that this one needs
w.use(async ({ user }: { user: { id: number } }, next) => next({ id: user.id }))
// @ts-expect-error — `replica` is not there when `primary` is
w.use(async ({ job }, next) => (job.attempt > 1 ? next({ replica: 'b' }) : next({ primary: 'a' })))
w.use(async ({ job }, next) => (job.attempt > 1 ? next({ replica: 'b' }) : next())).process((context) => {
  // @ts-expect-error — what is added only sometimes cannot be relied on
  context.replica
})
// @ts-expect-error — a plugin has a name
w.use({ plug: 'x' })
// @ts-expect-error — the context says `args.to`
w.typed<{ to: string }>().use(watching(({ args }) => args.tooo))
w.process(({ job }) => {
  // @ts-expect-error — a job is read at one moment, and nobody changes it
  job.state = 'completed'
})
