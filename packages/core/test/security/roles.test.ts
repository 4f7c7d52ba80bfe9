import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { postgres, Staffa, type StaffaOptions, worker } from '../../src/index.ts'
import { type Database, namesIn } from '../../src/internal.ts'
import { quiet, still } from '../behaviour/kit.ts'

const suffix = randomBytes(4).toString('hex')
const schema = `roles_${suffix}`
const roles = {
  migrate: `migrate_${suffix}`,
  work: `work_${suffix}`,
  insert: `insert_${suffix}`,
  plain: `plain_${suffix}`,
}
type Role = keyof typeof roles

const noop = worker({ name: 'noop' }).process(() => {})
const once = worker({ name: 'once', unique: { keys: ['id'] } }).process(() => {})
let owner: Database

/** The statements of the guide, for this run's schema and roles. */
function grants(): readonly string[] {
  const guide = readFileSync(new URL('../../../../docs/guides/roles.md', import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql)
  const named = blocks.join('\n').replaceAll(/\bapp_(migrate|work|insert|plain)\b/g, (_, role: Role) => roles[role])

  return named
    .replaceAll(/\bjobs\b(?!_)/g, schema)
    .split(/;\s*$/m)
    .map((statement) => statement.replaceAll(/^--.*$/gm, '').trim())
    .filter((statement) => statement !== '')
}

async function run(statements: readonly string[], on: Database = owner): Promise<void> {
  for (const text of statements) await on.query({ name: '', text }, [])
}

/** An instance that logs in as a role. */
function as(role: Role, options: Partial<StaffaOptions> = {}): Staffa {
  const url = new URL(inject('databaseUrl'))
  url.username = roles[role]
  url.password = 'change-me'

  return new Staffa({ ...still, logger: quiet, prefix: schema, ...options, database: url.href })
}

/** Tries a statement as a role; tells whether the server refused it for want of a privilege. */
async function mayNot(role: Role, text: string): Promise<boolean> {
  const url = new URL(inject('databaseUrl'))
  url.username = roles[role]
  url.password = 'change-me'
  const database = postgres(url.href, { connections: 1 })
  try {
    await database.query({ name: '', text }, [])

    return false
  } catch (error) {
    expect(error).toMatchObject({ code: '42501' })

    return true
  } finally {
    await database.close()
  }
}

beforeAll(async () => {
  owner = postgres(inject('databaseUrl'))
  const statements = grants()
  const isBefore = (statement: string) => /^CREATE (ROLE|SCHEMA)|AUTHORIZATION/.test(statement)
  await run(statements.filter(isBefore))
  await using migrating = as('migrate')
  await migrating.migrate()
  await run(statements.filter((statement) => !isBefore(statement)))
})

afterAll(async () => {
  await run([`DROP SCHEMA ${schema} CASCADE`])
  for (const role of Object.values(roles)) await run([`DROP OWNED BY ${role}`, `DROP ROLE ${role}`])
  await owner.close()
})

describe('the roles of the guide', () => {
  test('that migrates has made the tables, and changes nothing when it does so again', async () => {
    await using staffa = as('migrate')

    await staffa.migrate()
    await staffa.migrate({ indexes: 'oban' })
    expect(await staffa.jobs.count()).toBe(0)
  })

  test('that works runs a node: it leads, stages, works, rescues, prunes and counts', async () => {
    const soon = { interval: { milliseconds: 50 } }
    const options = { workers: [noop], queues: { default: 5 }, leader: {}, stager: soon, rescuer: soon, pruner: soon }
    await using staffa = as('work', options)
    await staffa.start()
    const { id } = await staffa.insert(noop.new({}, { scheduleIn: { milliseconds: 1 } }))

    await expect.poll(async () => (await staffa.jobs.get(id))?.state).toBe('completed')
    expect(await staffa.jobs.retry(id)).toMatchObject({ state: 'available' })
    await expect.poll(async () => (await staffa.jobs.get(id))?.attempt).toBe(2)
    expect(await staffa.jobs.update(id, { priority: 3 })).toMatchObject({ priority: 3 })
    await expect.poll(() => staffa.jobs.delete(id)).toMatchObject({ id })
  })

  test('that inserts does so alone, together, and only once what is unique', async () => {
    await using staffa = as('insert')
    const first = await staffa.insert(once.new({ id: 1 }))

    expect(await staffa.insert(once.new({ id: 1 }))).toMatchObject({ id: first.id, conflict: true })
    expect(await staffa.insertAll([noop.new({}), once.new({ id: 1 }), once.new({ id: 2 })])).toHaveLength(3)
  })

  test('that inserts without uniqueness cannot read what others have inserted', async () => {
    await using staffa = as('plain')

    expect(await staffa.insertAll([noop.new({ secret: 1 }), noop.new({})])).toHaveLength(2)
    expect(await mayNot('plain', `SELECT args FROM ${namesIn(schema).jobs}`)).toBe(true)
    await expect(staffa.insert(once.new({ id: 3 }))).rejects.toMatchObject({ code: '42501' })
  })

  test.each<[Role, string]>([
    ['insert', 'UPDATE {jobs} SET priority = 1'],
    ['insert', 'DELETE FROM {jobs}'],
    ['insert', 'TRUNCATE {jobs}'],
    ['insert', 'SELECT * FROM {producers}'],
    ['insert', 'SELECT * FROM {peers}'],
    ['insert', 'CREATE TABLE {schema}.own (id int)'],
    ['plain', 'UPDATE {jobs} SET priority = 1'],
    ['plain', 'DELETE FROM {jobs}'],
    ['work', 'TRUNCATE {jobs}'],
    ['work', 'DROP TABLE {jobs}'],
    ['work', 'ALTER TABLE {jobs} ADD COLUMN own int'],
    ['work', 'CREATE TABLE {schema}.own (id int)'],
    ['work', 'CREATE INDEX ON {jobs} (worker)'],
  ])('%s may not %s', async (role, text) => {
    const names: Readonly<Record<string, string>> = { ...namesIn(schema) }

    expect(
      await mayNot(
        role,
        text.replaceAll(/\{(\w+)\}/g, (_, name) => names[name] ?? ''),
      ),
    ).toBe(true)
  })
})
