import { randomBytes } from 'node:crypto'
import type { TestStaffa } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { quoted } from '../../src/engine/names.ts'
import { Staffa } from '../../src/facade/staffa.ts'
import { type Worker, worker } from '../../src/index.ts'
import { databases, events, instance, quiet } from '../behaviour/kit.ts'

/** Ends of quotes, comments, escapes and lines, of every kind that SQL has. */
const barbs = [
  `"; DROP TABLE victim; --`,
  `'; DROP TABLE victim; --`,
  `\\'; DROP TABLE victim; --`,
  `$$; DROP TABLE victim; $$`,
  `$staffa$; DROP`,
  `$1 ?`,
  `a"b'c\\d\`e`,
  `new\nline\r\t--`,
  `/* \u{1F4A5} ünïcödé`,
  `a.b, {c}, "d"`,
  `%I %s %%`,
  `__proto__`,
] as const

/** The same in few, since a schema takes a while to make. */
const prefixes = [
  `$staffa$; DROP TABLE victim`,
  `"';\n\\\\'; DROP TABLE victim`,
  `$$ $1 %I /* ü \u{1F4A5}`,
  `__proto__`,
] as const

interface Witness {
  /** Everything that there is besides the hostile things, as text. */
  look(): Promise<string>
}

/** A schema of a neighbour's, with tables of ours and one of its own. */
async function neighbour(
  database: string | undefined,
): Promise<{ readonly staffa: TestStaffa; readonly witness: Witness }> {
  const staffa = await instance({ database })
  const { prefix } = staffa
  await staffa.insertAll([noop.new({ id: 1 }), noop.new({ id: 2 })])
  await staffa.query(`CREATE TABLE "${prefix}".victim AS SELECT 1 AS one`)
  const text = `SELECT
    (SELECT jsonb_agg(job ORDER BY id) FROM "${prefix}".oban_jobs AS job)::text AS jobs,
    (SELECT jsonb_agg(victim) FROM "${prefix}".victim)::text AS victim,
    (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1)::int AS things`

  return { staffa, witness: { look: async () => JSON.stringify(await staffa.query(text, [prefix])) } }
}

const noop = worker({ name: 'noop' }).process(() => {})

describe.each(databases)('names reach the SQL of %s as names, and nothing else', (name, database) => {
  test.each(name === 'PostgreSQL' ? prefixes : prefixes.slice(0, 2))(
    'a schema called %j',
    { timeout: 60_000 },
    async (barb) => {
      const prefix = `${barb.slice(0, 26)}${randomBytes(2).toString('hex')}`
      const { staffa: place, witness } = await neighbour(database())
      const before = await witness.look()
      const failures = events('failure')
      const soon = { interval: { milliseconds: 30 } }
      const upkeep = { stager: soon, rescuer: soon, pruner: soon, reindexer: { interval: 1 }, leader: {} }
      const options = { database: place.database, prefix, queues: { q: 2 }, workers: [noop], logger: quiet }
      const staffa = new Staffa({ ...options, ...upkeep, database: { ...place.database, close: async () => {} } })
      onTestFinished(() => staffa.stop())
      await staffa.migrate()
      await staffa.start()
      const { id } = await staffa.insert(noop.new({}, { queue: 'q', unique: true, scheduleIn: { milliseconds: 1 } }))
      await expect.poll(async () => (await staffa.jobs.get(id))?.state).toBe('completed')
      await staffa.queues.pause('q')
      await staffa.jobs.retry(id)
      await staffa.jobs.cancel(id)
      await staffa.notify('own', {})

      expect(await staffa.jobs.delete({ queue: 'q' })).toBe(1)
      await staffa.stop()
      await staffa.migrate({ to: 0 })
      await place.query(`DROP SCHEMA ${quoted(prefix)}`)
      expect(failures).toEqual([])
      expect(await witness.look()).toBe(before)
    },
  )

  test('queues, workers, nodes, tags and keys, whatever they are called', { timeout: 60_000 }, async () => {
    const { witness } = await neighbour(database())
    const before = await witness.look()
    const failures = events('failure')
    const workers = barbs.map((barb) =>
      worker({ name: barb, queue: barb, tags: [barb], aliases: [`${barb} alias`], unique: { keys: [barb] } }).process(
        () => barb,
      ),
    )
    const queues = Object.fromEntries(barbs.map((barb) => [barb, 2]))
    const pruner = { rules: [{ queues: barbs, workers: barbs, age: 3600 }] }
    const node = barbs.join('').replaceAll(/\s/g, '_').slice(0, 99)
    const staffa = await instance({ workers, queues, node, pruner, database: database(), start: true })

    for (const own of workers) await live(staffa, own)
    expect(failures).toEqual([])
    expect(await witness.look()).toBe(before)
  })
})

/** The life of a job whose every word is the name of its worker, and everything that can be asked of it. */
async function live(staffa: TestStaffa, own: Worker): Promise<void> {
  const { name } = own
  const args = { [name]: name }
  const job = await staffa.insert(own.new(args, { meta: args }))
  await expect.poll(async () => (await staffa.jobs.get(job.id))?.state).toBe('completed')
  const filter = { queue: name, worker: [name], tags: [name.trim().toLowerCase()], args, meta: args }

  expect(await staffa.jobs.list(filter)).toMatchObject([{ id: job.id, worker: name, queue: name, args }])
  expect(await staffa.insert(own.new(args))).toMatchObject({ id: job.id, conflict: true })
  await staffa.queues.scale(name, 3)
  await staffa.queues.pause(name, { node: staffa.node })
  expect(staffa.queues.check(name)).toMatchObject({ queue: name, limit: 3, paused: true })
  expect(await staffa.jobs.update(filter, { worker: `${name} alias`, tags: [name] })).toBe(1)
  expect(await staffa.jobs.retry({ queue: name })).toBe(1)
  expect(await staffa.drain({ queue: name })).toMatchObject({ completed: 1 })
  expect(await staffa.jobs.delete({ queue: name })).toBe(1)
  await staffa.queues.stop(name)
}
