import { transactionOf } from '../engine/connect/transaction.ts'
import type { Queryable } from '../engine/database.ts'
import type { Engine, SettleOptions } from '../engine/engine.ts'
import { statement } from '../engine/names.ts'
import type { Job } from '../job/job.ts'
import { isFinal } from '../job/state.ts'
import type { Client } from '../layers/client.ts'
import type { Settle, SettledJob } from '../layers/plugin.ts'
import type { Registry } from '../layers/registry.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { loop, type Service } from './service.ts'

/** Sees to it that every ended job is settled, by whoever it was ended. */
export interface Settler extends Service {
  /** Settles those of the jobs whose workers are known here, in the transaction that ended them. */
  settle(jobs: readonly Job[], on: Queryable): Promise<void>
  /** Settles what others have ended without knowing how to; tells how many. */
  tick(): Promise<number>
  /** Has the next tick now. */
  wake(): void
}

export interface SettlerTools {
  readonly engine: Engine
  readonly registry: Registry
  readonly telemetry: Telemetry
  /** The instance, for those who settle. */
  readonly client: Client
  /** Milliseconds between ticks. */
  readonly interval: number
}

/** How many jobs one transaction settles. */
const batchSize = 100

/** How long a job is left alone whose settling failed, in milliseconds. */
const patience = 60_000

const savepoint = statement('savepoint', 'SAVEPOINT staffa_settle')
const rollback = statement('rollback', 'ROLLBACK TO SAVEPOINT staffa_settle')
const release = statement('release_savepoint', 'RELEASE SAVEPOINT staffa_settle')

/** Makes the settler of one node. */
export function settler(tools: SettlerTools): Settler {
  const { engine, registry, telemetry } = tools
  const workers = registry.names.filter((name) => settlesOf(registry, name).length > 0)
  const failing = new Map<number, number>()

  async function settleAll(signal?: AbortSignal): Promise<number> {
    if (workers.length === 0) return 0
    for (const [id, until] of failing) if (until < performance.now()) failing.delete(id)

    for (let settled = 0; ; ) {
      const { count, failed } = await found(batchSize)
      const batch = failed ? await oneByOne() : count
      settled += batch
      if (batch < batchSize || signal?.aborted) return settled
    }
  }

  /** A job that cannot be settled must not hold up the others. */
  async function oneByOne(): Promise<number> {
    let settled = 0
    for (let turn = 0; turn < batchSize; turn += 1) {
      const { count, failed, jobs } = await found(1)
      settled += count
      if (count === 0 && !failed) break
      if (failed) for (const { id } of jobs) failing.set(id, performance.now() + patience)
    }

    return settled
  }

  const found = (limit: number) =>
    engine.transaction((on) => attempt({ workers, except: [...failing.keys()], limit }, on, tools))
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'settler', error })
  const { start, stop, wake } = loop({ every: tools.interval, tick: settleAll, onError })

  return {
    tick: () => settleAll(),
    wake,
    start,
    stop,
    settle: async (jobs, on) => {
      const ids = jobs.filter(({ worker }) => workers.includes(worker)).map(({ id }) => id)
      if (ids.length > 0) await attempt({ ids }, on, tools)
    },
  }
}

/** Whether this job has something to settle once it has ended. */
export function settles(job: Job): boolean {
  return job.meta.settles === true
}

interface Attempted {
  readonly count: number
  readonly failed: boolean
  readonly jobs: readonly Job[]
}

/** A failure undoes the settling and its mark, but not what ended the job: it is settled later. */
async function attempt(options: SettleOptions, on: Queryable, tools: SettlerTools): Promise<Attempted> {
  const { engine, registry, telemetry, client } = tools
  let jobs: readonly Job[] = []
  await on.query(savepoint, [])

  try {
    jobs = await engine.settleJobs(options, on)
    for (const [settle, settled] of bySettle(jobs, registry)) await settle(settled, transactionOf(on), client)
    await engine.eraseJobs(jobs.filter(isDeleted), on)
    await on.query(release, [])

    return { count: jobs.length, failed: false, jobs }
  } catch (error) {
    await on.query(rollback, [])
    telemetry.emit('failure', { where: 'settler', error })

    return { count: 0, failed: true, jobs }
  }
}

function bySettle(jobs: readonly Job[], registry: Registry): ReadonlyMap<Settle, readonly SettledJob[]> {
  const pairs = jobs.flatMap((job) => settlesOf(registry, job.worker).map((settle) => ({ settle, job })))
  const grouped = Map.groupBy(pairs, ({ settle }) => settle)

  return new Map([...grouped].map(([settle, list]) => [settle, list.map(({ job }) => toSettled(job))]))
}

function toSettled(job: Job): SettledJob {
  const by = (job.meta.ended_by ?? 'attempt') as SettledJob['by']

  return Object.freeze({ job, by, state: !isDeleted(job) && isFinal(job.state) ? job.state : 'deleted' })
}

function isDeleted({ meta }: Job): boolean {
  return meta.ended_by === 'delete'
}

function settlesOf(registry: Registry, worker: string): readonly Settle[] {
  return registry.has(worker) ? registry.find(worker).stack.flatMap(({ settle }) => settle ?? []) : []
}
