import type { JobState } from '../../src/job/state.ts'
import type { Ack } from '../../src/lifecycle/acknowledge.ts'
import type { Session, Sessions } from './sessions.ts'

/** A producer of ours that has been silent for an hour. */
export const silent = '0a1b2c3d-0000-8000-8000-000000000001'

const id = 1
const minute = 60_000
const tomorrow = new Date(Date.now() + 24 * 60 * minute)

/** What a verb tells when it had nothing to do. */
export const nothing = '—'

const count = (number: number) => (number === 0 ? nothing : 'done')

const from = (changed: readonly { readonly before: JobState }[]) =>
  changed[0] === undefined ? nothing : `from ${changed[0].before}`

async function ack({ engine }: Session, end: Omit<Ack, 'id' | 'attempt'>): Promise<string> {
  return count((await engine.ackJobs([{ id, attempt: 1, ...end }], { producers: [silent] })).size)
}

/** What may happen to job 1, and what is told of it. */
export const verbs = {
  fetch: async ({ engine }) => {
    const { jobs } = await engine.fetchJobs({ queue: 'default', limit: 10, node: 'node', producer: silent })

    return count(jobs.length)
  },
  stage: async ({ engine }) => count((await engine.stageJobs({ limit: 10, queues: [] })).count),
  complete: (session) => ack(session, { state: 'completed' }),
  fail: (session) => ack(session, { state: 'retryable', delay: minute, error: 'no' }),
  release: async ({ engine }) => count(await engine.releaseJobs({ producer: silent, except: [] })),
  rescue: async ({ engine }) =>
    from(await engine.rescueJobs({ lease: minute, age: undefined, missing: [], limit: 10 })),
  beat: async ({ engine }) => {
    const row = { uuid: silent, name: 'Oban', node: 'node', queue: 'default', meta: { staffa: true } }

    return (await engine.beatProducers([row])).length > 0 ? 'as new' : 'as known'
  },
  cancel: async ({ engine }) => from(await engine.cancelJobs({ id })),
  retry: async ({ engine }) => from(await engine.retryJobs({ id })),
  postpone: async ({ engine }) => count((await engine.updateJobs({ id }, { scheduledAt: tomorrow })).length),
  delete: async ({ engine, on }) => count((await engine.deleteJobs({ id }, on)).deleted.length),
  prune: async ({ engine }) =>
    count(await engine.pruneJobs({ state: 'completed', rule: { age: minute }, others: [], limit: 10 })),
  settle: async ({ engine, on }) => count((await engine.settleJobs({ ids: [id] }, on)).length),
} satisfies Record<string, (session: Session) => Promise<string>>

export type VerbName = keyof typeof verbs

/** Job 1, as it is in a state: due, of a node that is gone, or ended an hour ago and still to be settled. */
const columns: Readonly<Partial<Record<JobState, string>>> = {
  available: `attempt = 0`,
  scheduled: `scheduled_at = now() AT TIME ZONE 'UTC' - interval '1 hour'`,
  executing: `attempt = 1, attempted_by = '{gone,${silent}}', attempted_at = now() AT TIME ZONE 'UTC'`,
  completed: `attempt = 1, completed_at = now() AT TIME ZONE 'UTC' - interval '1 hour'`,
}

/** Stores job 1 in a state, and says that its producer has been silent for an hour. */
export async function given({ watcher, jobs, staffa }: Sessions, state: JobState, meta = '{}'): Promise<void> {
  await watcher.sql(`INSERT INTO ${jobs} (id, worker, args, meta) VALUES (${id}, 'worker', '{}', '${meta}')`)
  await watcher.sql(`UPDATE ${jobs} SET state = '${state}', ${columns[state]}`)
  await watcher.sql(
    `INSERT INTO "${staffa.prefix}".oban_producers (uuid, name, node, queue, meta, started_at, updated_at)
     VALUES ('${silent}', 'Oban', 'gone', 'default', '{"staffa": true}', now(), now() AT TIME ZONE 'UTC' - interval '1 hour')`,
  )
}

/** The state that job 1 is in, or `gone`. */
export async function stateOf({ watcher, jobs }: Sessions): Promise<string> {
  const [row] = await watcher.sql(`SELECT state::text FROM ${jobs} WHERE id = ${id}`)

  return String(row?.[0] ?? 'gone')
}
