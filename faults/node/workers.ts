import { setTimeout as sleep } from 'node:timers/promises'
import { complete, type Worker, worker } from '@staffa/core'
import { definePlugin, type Plugin } from '@staffa/core/plugin'

/** Where the application of a node writes. */
export interface Application {
  /** Outside of any transaction. */
  query(text: string, values: readonly unknown[]): Promise<unknown>
  /** In a transaction that commits when the work resolves. */
  transaction(
    work: (client: { query(text: string, values?: unknown[]): Promise<never> }) => Promise<void>,
  ): Promise<void>
}

export interface Place {
  readonly application: Application
  readonly schema: string
  readonly node: string
}

/** What every job carries: a name of its own, and for how many milliseconds it works. */
export interface Args {
  readonly key: string
  readonly work: number
  readonly subject?: string | undefined
  readonly padding?: string | undefined
}

const soon = () => ({ milliseconds: 200 })

/** The jobs that are done while something breaks, each of a kind that could break in its own way. */
export function workersOf(place: Place) {
  return {
    note: note(place),
    exact: exact(place),
    settled: worker({ name: 'settled', backoff: soon }).use(settling(place)).typed<Args>().process(works),
    flaky: worker({ name: 'flaky', backoff: soon })
      .typed<Args>()
      .process(async (context) => {
        await works(context)
        if (context.job.attempt === 1) throw new Error('the first attempt fails')
      }),
    only: worker({
      name: 'only',
      backoff: soon,
      unique: { keys: ['subject'], states: 'incomplete', period: 'infinity' },
    })
      .typed<Args>()
      .process(works),
    newer: worker({ name: 'newer', backoff: soon }).typed<Args>().process(works),
  }
}

export type Workers = ReturnType<typeof workersOf>

/** The workers as a list, without those that a node is too old for. */
export function known(workers: Workers, { old }: { readonly old: boolean }): readonly Worker[] {
  const { newer, ...others } = workers

  return (old ? Object.values(others) : [...Object.values(others), newer]) as readonly Worker[]
}

async function works({ args, signal }: { readonly args: Args; readonly signal: AbortSignal }): Promise<void> {
  await sleep(args.work, undefined, { signal })
}

/** Writes on its own, and then ends: what it writes may be written twice. */
function note({ application, schema, node }: Place) {
  return worker({ name: 'note', backoff: soon })
    .typed<Args>()
    .process(async ({ job, args, signal }) => {
      const values = [job.id, job.attempt, node, 'note']
      await application.query(
        `INSERT INTO ${schema}.effects (job, attempt, node, worker) VALUES ($1, $2, $3, $4)`,
        values,
      )
      await works({ args, signal })
    })
}

/** Writes in the transaction that ends it: what it writes is written once. */
function exact({ application, schema, node }: Place) {
  return worker({ name: 'exact', backoff: soon })
    .typed<Args>()
    .process(async ({ job, args, acknowledge }) => {
      await application.transaction(async (client) => {
        const values = [job.id, job.attempt, node, 'exact']
        await client.query(`INSERT INTO ${schema}.effects (job, attempt, node, worker) VALUES ($1, $2, $3, $4)`, values)
        await sleep(args.work)
        await acknowledge(client, complete())
      })
    })
}

/** Writes a row for every job that ends, in the transaction that ends it. */
function settling({ schema }: Place): Plugin {
  return definePlugin({
    plugin: 'settling',
    settle: async (settled, transaction) => {
      for (const { job, state, by } of settled) {
        await transaction.query(
          `INSERT INTO ${schema}.settlements (job, state, by, transaction)
           VALUES ($1::text::bigint, $2, $3, pg_current_xact_id()::text)`,
          [String(job.id), state, by],
        )
      }
    },
  })
}
