import { expect, onTestFinished, test } from 'vitest'
import { events } from '../../test/behaviour/kit.ts'
import { sessions } from '../../test/interleavings/sessions.ts'
import { telemetry } from '../support/telemetry.ts'
import { follower } from './leader.ts'
import { reindexer } from './reindexer.ts'

const opened = sessions()
const day = 24 * 3_600_000
const producers = () => `"${opened().staffa.prefix}".oban_producers`

/** Starts the reindexer of a node that leads. Gives the file of the index that it looks after, once it has looked. */
async function looks(node: string): Promise<unknown> {
  const { a, watcher, jobs } = opened()
  const asked = Promise.withResolvers<void>()
  const engine = {
    ...a.engine,
    sinceReindex: async () => {
      const answer = await a.engine.sinceReindex()
      asked.resolve()

      return answer
    },
  }
  const tools = { engine, telemetry: telemetry({ instance: 'Oban', node }), leader: { ...follower, isLeader: true } }
  const service = reindexer({ interval: day, indexes: ['oban_jobs_pkey'] }, tools)
  onTestFinished(() => service.stop())
  service.start()
  await asked.promise
  await service.stop()
  const [row] = await watcher.sql(`SELECT pg_relation_filenode('${jobs.replace('oban_jobs', 'oban_jobs_pkey')}')`)

  return row?.[0]
}

/** Lets so many hours pass since the last rebuild. */
async function pass(hours: number): Promise<void> {
  const at = new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, -1)
  await opened().watcher.sql(`COMMENT ON TABLE ${producers()} IS 'indexes were last rebuilt at ${at}'`)
}

test('the interval is counted from the last rebuild by any node, also by one that is gone', async () => {
  await pass(23)
  const before = await looks('early')
  expect(await looks('early again')).toBe(before)
  await pass(25)
  const after = await looks('late')
  expect(after).not.toBe(before)

  expect(await looks('next')).toBe(after)
  expect(await opened().b.engine.sinceReindex()).toBeLessThan(day)
})

test('who begins to want it waits for one interval, however often it is restarted meanwhile', async () => {
  await opened().watcher.sql(`COMMENT ON TABLE ${producers()} IS NULL`)
  const begun = events('service.start')
  await looks('first')
  const noted = await opened().b.engine.sinceReindex()
  await looks('second')

  expect(noted).toBeLessThan(60_000)
  expect(await opened().b.engine.sinceReindex()).toBeGreaterThan(noted as number)
  expect(begun).toEqual([])
})
