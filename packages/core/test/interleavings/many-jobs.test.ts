import { expect, test } from 'vitest'
import { type Session, sessions } from './sessions.ts'

const opened = sessions()

const choice = { queue: 'default' }

/** The verbs that change as many jobs as fit. */
const verbs = {
  cancel: async ({ engine }) => (await engine.cancelJobs(choice)).length,
  retry: async ({ engine }) => (await engine.retryJobs(choice)).length,
  update: async ({ engine }) => (await engine.updateJobs(choice, { priority: 3 })).length,
  delete: async ({ engine, on }) => {
    const { deleted, pending } = await engine.deleteJobs(choice, on)

    return deleted.length + pending.length
  },
} satisfies Record<string, (session: Session) => Promise<number>>

const names = Object.keys(verbs) as (keyof typeof verbs)[]

/** Jobs 1 to 4, which lie in the table the other way round; the even ones have something to settle. */
async function givenFour(): Promise<void> {
  const { watcher, jobs } = opened()
  for (const id of [4, 3, 2, 1]) {
    const meta = id % 2 === 0 ? '{"settles": true}' : '{}'
    await watcher.sql(
      `INSERT INTO ${jobs} (id, worker, args, meta, state) VALUES (${id}, 'w', '{}', '${meta}', 'scheduled')`,
    )
  }
}

test.each(names)(
  '%s takes the jobs in the order of their ids, so that two of them never wait in a circle',
  async (verb) => {
    const { a, b, watcher, jobs } = opened()
    const lock = (id: number) => a.sql(`SELECT id FROM ${jobs} WHERE id = ${id} FOR UPDATE NOWAIT`)
    await givenFour()
    await a.sql('BEGIN')
    await lock(2)
    const changing = verbs[verb](b)
    const isBlocked = async () => (await watcher.sql(`SELECT ${a.pid} = ANY (pg_blocking_pids(${b.pid}))`))[0]?.[0]
    await expect.poll(isBlocked, { interval: 2 }).toBe('t')
    for (const id of [3, 4]) await lock(id)
    await expect(watcher.sql(`SELECT id FROM ${jobs} WHERE id = 1 FOR UPDATE NOWAIT`)).rejects.toMatchObject({
      code: '55P03',
    })
    await a.sql('COMMIT')

    expect(await changing).toBe(4)
  },
)
