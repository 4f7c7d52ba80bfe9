import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Database, namesIn, type Statement, type Value } from '@staffa/core/internal'
import { type TestStaffa, testStaffa } from '../../test-staffa.ts'
import { type Bench, benchOn, claim, defaultEngine, draft, executing, producer, type Verb } from './bench.ts'

/** What a statement does to the jobs table, as the planner sees it. */
interface Plan {
  readonly indexes: readonly string[]
  /** The kinds of nodes that read the table. */
  readonly reads: readonly string[]
  readonly text: string
}

interface Asked {
  readonly statement: Statement
  readonly values: readonly Value[]
}

/** Whether the planner knows what the table holds: at first, and after a deploy, it often does not. */
type Statistics = 'fresh' | 'stale'

const fetchIndex = /^oban_jobs_(staffa_fetch|state_queue_priority_scheduled_at_id_index)$/

export const plans: Verb = {
  verb: 'plans over 100,000 jobs',
  cases: {
    'fetches, acknowledges, ends and stages through the index that is meant for it': async (bench) => {
      await overManyJobs(bench, async (many) => {
        await fetches(many)
        await acknowledges(many)
        await ends(many)
        await stages(many)
      })
    },
  },
}

async function fetches(many: Many): Promise<void> {
  for (const from of [undefined, new Date(0)]) {
    for (const plan of await plansOf(many, (engine) => engine.fetchJobs(claim({ limit: 10, from })))) {
      assert.ok(
        plan.indexes.some((index) => fetchIndex.test(index)),
        `fetch: ${plan.text}`,
      )
      if (from) assert.match(plan.text, /"Index Cond": ?"[^"]*ROW\(priority, scheduled_at\)/)
      assertNoScan(plan)
    }
  }
}

async function acknowledges(many: Many): Promise<void> {
  const ids = Array.from({ length: 50 }, (_, index) => 99_000 + index)
  const ends = [
    ids.map((id) => ({ id, attempt: 1, state: 'completed' }) as const),
    ids.map((id) => ({ id, attempt: 1, state: 'retryable', delay: 1_000, error: 'it broke' }) as const),
  ]
  for (const acks of ends) {
    for (const plan of await plansOf(many, (engine) => engine.ackJobs(acks, { producers: [producer] }))) {
      assert.deepEqual(new Set(plan.indexes), new Set(['oban_jobs_pkey']), `ack: ${plan.text}`)
      assertNoScan(plan)
    }
  }
}

async function ends(many: Many): Promise<void> {
  const job = await executing(many.bench, { queue: 'settles', meta: { settles: true } })
  const ids = Array.from({ length: 50 }, (_, index) => 99_000 + index)
  const endings = ids.map((id) => ({ job: { ...job, id }, ack: { id, attempt: 1, state: 'completed' } as const }))
  for (const plan of await plansOf(many, (engine) => engine.endJobs(endings, { producers: [producer] }))) {
    assert.deepEqual(new Set(plan.indexes), new Set(['oban_jobs_pkey']), `end: ${plan.text}`)
    assertNoScan(plan)
  }
}

async function stages(many: Many): Promise<void> {
  for (const plan of await plansOf(many, (engine) => engine.stageJobs({ limit: 100, queues: [] }))) {
    assert.ok(plan.indexes.includes('oban_jobs_staging_index'), `stage: ${plan.text}`)
    assertNoScan(plan)
  }
}

function assertNoScan({ reads, text }: Plan): void {
  assert.ok(!reads.includes('Seq Scan'), text)
}

interface Many {
  readonly staffa: TestStaffa
  readonly bench: Bench
}

/** Runs work twice over a table that is mostly history: with statistics from before, and with new ones. */
async function overManyJobs(bench: Bench, work: (many: Many) => Promise<void>): Promise<void> {
  const prefix = `plans_${randomBytes(6).toString('hex')}`
  const staffa = await testStaffa({ database: bench.database, prefix })
  const many = { staffa, bench: benchOn(staffa, defaultEngine) }
  try {
    for (const statistics of ['stale', 'fresh'] satisfies Statistics[]) {
      await fill(many.bench, statistics)
      await work(many)
    }
  } finally {
    await staffa.query(`DROP SCHEMA ${namesIn(prefix).schema} CASCADE`)
    await staffa[Symbol.asyncDispose]()
  }
}

/** 100,000 jobs, 95 in 100 of them completed; statistics are from a time when there were three, if they are stale. */
async function fill({ engine, query, jobs }: Bench, statistics: Statistics): Promise<void> {
  if (statistics === 'fresh') return void (await query(`ANALYZE ${jobs}`))
  await query(`ALTER TABLE ${jobs} SET (autovacuum_enabled = false)`)
  await engine.insertJobs([draft(), draft(), draft()])
  await query(`ANALYZE ${jobs}`)
  await query(
    `INSERT INTO ${jobs} (state, queue, worker, attempt, attempted_by, scheduled_at, attempted_at)
     SELECT (ARRAY['available', 'executing', 'scheduled', 'retryable', 'discarded'])[1 + n % 5]::text::${state(jobs)},
       'default', 'worker', n % 2, ARRAY['node-1', '${producer}'], timezone('UTC', now()), timezone('UTC', now())
     FROM generate_series(1, 5000) AS n`,
  )
  await query(
    `INSERT INTO ${jobs} (state, queue, worker, attempt, attempted_by, completed_at)
     SELECT 'completed', 'default', 'worker', 1, ARRAY['node-1', '${producer}'], timezone('UTC', now())
     FROM generate_series(1, 95000)`,
  )
}

function state(jobs: string): string {
  return jobs.replace(/oban_jobs$/, 'oban_job_state')
}

/** The plans of what a verb asks: for these values, and for any, as a session keeps it after a few executions. */
async function plansOf({ staffa, bench }: Many, ask: (engine: Bench['engine']) => Promise<unknown>): Promise<Plan[]> {
  const asked: Asked[] = []
  const undone = new Error('undone')
  const look = async (statement: Statement, values: readonly Value[]) => {
    asked.push({ statement, values })

    return { rows: [], count: 0 }
  }
  const database: Database = { ...bench.database, query: look }
  await ask(defaultEngine({ database, names: namesIn(staffa.prefix), clock: neverMind }))

  const plans: Plan[] = []
  const work = bench.database.transaction(async (on) => {
    const run = async (text: string) => (await on.query({ name: '', text }, [])).rows
    for (const { statement, values } of asked) {
      await run(`PREPARE asked AS ${statement.text}`)
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await run(`SET LOCAL plan_cache_mode = ${mode}`)
        const rows = await run(`EXPLAIN (FORMAT JSON) EXECUTE asked (${values.map(literal).join(', ')})`)
        plans.push(toPlan(rows[0]?.[0]))
      }
      await run('DEALLOCATE asked')
    }
    throw undone
  })
  await work.catch((error) => {
    if (error !== undone) throw error
  })
  assert.ok(plans.length > 0, 'expected the verb to ask something of the database')

  return plans
}

const neverMind = { now: () => new Date(), authoritative: false }

function literal(value: Value): string {
  return value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Node[]
}

/** Some drivers parse JSON, others leave it as text. */
function toPlan(explained: unknown): Plan {
  const text = typeof explained === 'string' ? explained : JSON.stringify(explained)
  const [{ Plan: top }] = JSON.parse(text) as [{ Plan: Node }]
  const nodes = flatten(top)

  return {
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    reads: nodes.filter((node) => node['Relation Name'] === 'oban_jobs').map((node) => node['Node Type']),
    text,
  }
}

function flatten(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}
