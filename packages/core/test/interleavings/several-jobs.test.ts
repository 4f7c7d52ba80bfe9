import { expect, test } from 'vitest'
import { newJob } from '../../src/index.ts'
import { meet, type Session, type Sessions, sessions } from './sessions.ts'
import { given, silent, stateOf, verbs } from './verbs.ts'

const opened = sessions()
const hour = `now() AT TIME ZONE 'UTC' - interval '1 hour'`
const other = '0a1b2c3d-0000-8000-8000-000000000002'

/** Stores so many jobs, with ids from 1 up. */
async function jobs({ watcher, jobs }: Sessions, number: number, set: string): Promise<void> {
  await watcher.sql(
    `INSERT INTO ${jobs} (id, worker, args) SELECT n, 'worker', '{}' FROM generate_series(1, ${number}) n`,
  )
  await watcher.sql(`UPDATE ${jobs} SET ${set}`)
}

/** The ids of the jobs that fit. */
async function those({ watcher, jobs }: Sessions, condition: string): Promise<readonly number[]> {
  return (await watcher.sql(`SELECT id FROM ${jobs} WHERE ${condition} ORDER BY id`)).map(([id]) => Number(id))
}

const fetchTwo =
  (producer: string) =>
  async ({ engine }: Session) =>
    (await engine.fetchJobs({ queue: 'default', limit: 2, node: 'node', producer })).jobs.map(({ id }) => id)

test('two that fetch take different jobs, each the first that are left', async () => {
  await jobs(opened(), 5, 'attempt = 0')
  const met = await meet(opened(), { first: fetchTwo(silent), second: fetchTwo(other), end: 'COMMIT' })

  expect(met).toEqual({ first: [1, 2], waited: false, second: [3, 4] })
  expect(await those(opened(), `attempted_by[2] = '${silent}' AND state = 'executing'`)).toEqual([1, 2])
  expect(await those(opened(), `attempted_by[2] = '${other}' AND state = 'executing'`)).toEqual([3, 4])
  expect(await those(opened(), `state = 'available'`)).toEqual([5])
})

test('what one has fetched and rolled back is fetched by the next', async () => {
  await jobs(opened(), 3, 'attempt = 0')
  const met = await meet(opened(), { first: fetchTwo(silent), second: fetchTwo(other), end: 'ROLLBACK' })

  expect(met).toEqual({ first: [1, 2], waited: false, second: [3] })
  expect(await fetchTwo(other)(opened().b)).toEqual([1, 2])
  expect(await those(opened(), 'attempt <> 1')).toEqual([])
})

test('two that stage divide what is due between them', async () => {
  const stageTwo = ({ engine }: Session) => engine.stageJobs({ limit: 2, queues: [] })
  await jobs(opened(), 3, `state = 'scheduled', scheduled_at = ${hour}`)
  const met = await meet(opened(), { first: stageTwo, second: stageTwo, end: 'COMMIT' })

  expect(met).toEqual({
    first: { count: 2, queues: ['default'] },
    waited: false,
    second: { count: 1, queues: ['default'] },
  })
  expect(await those(opened(), `state = 'available'`)).toEqual([1, 2, 3])
})

const rescueTwo = async ({ engine }: Session, missing: readonly string[] = []) => {
  const rescued = await engine.rescueJobs({ lease: 60_000, age: undefined, missing, limit: 2 })

  return rescued.map(({ job }) => job.id)
}

/** Three jobs of a node that is gone. */
async function orphans(): Promise<void> {
  await given(opened(), 'executing')
  await opened().watcher.sql(`DELETE FROM ${opened().jobs}`)
  await jobs(opened(), 3, `state = 'executing', attempt = 1, attempted_at = ${hour}, attempted_by = '{gone,${silent}}'`)
}

test('of two that rescue one buries the producer, and what it leaves is found missing', async () => {
  await orphans()
  const met = await meet(opened(), { first: rescueTwo, second: rescueTwo, end: 'COMMIT' })
  expect(met).toEqual({ first: [1, 2], waited: false, second: [] })
  const missing = await opened().b.engine.missingProducers()
  expect(missing).toEqual([silent])

  expect(await rescueTwo(opened().b, missing)).toEqual([3])
  expect(await those(opened(), `state = 'available' AND meta = '{"rescued": 1}'`)).toEqual([1, 2, 3])
})

test('of two that rescue what is missing each job is taken once', async () => {
  await orphans()
  const takeTwo = (session: Session) => rescueTwo(session, [silent])
  const met = await meet(opened(), { first: takeTwo, second: takeTwo, end: 'COMMIT' })

  expect(met).toEqual({ first: [1, 2], waited: false, second: [] })
  expect(await takeTwo(opened().b)).toEqual([3])
  expect(await those(opened(), `state = 'available' AND meta = '{"rescued": 1}'`)).toEqual([1, 2, 3])
})

test('a job whose end is under way when its producer is buried, and is then lost, is found missing', async () => {
  await given(opened(), 'executing')
  const met = await meet(opened(), { first: verbs.complete, second: rescueTwo, end: 'ROLLBACK' })
  expect(met).toMatchObject({ waited: false, second: [] })
  const missing = await opened().b.engine.missingProducers()
  expect(missing).toEqual([silent])

  expect(await rescueTwo(opened().b, missing)).toEqual([1])
  expect(await stateOf(opened())).toBe('available')
})

test('a producer that lives and whose jobs were rescued is told of each of them', async () => {
  await given(opened(), 'executing')
  const met = await meet(opened(), { first: rescueTwo, second: verbs.beat, end: 'COMMIT' })
  expect(met).toEqual({ first: [1], waited: true, second: 'as new' })

  expect(await opened().b.engine.strayJobs(silent, [1])).toEqual([{ id: 1, state: 'available' }])
})

test('what is inserted is nobody’s to fetch, cancel or count before its transaction commits', async () => {
  const [job] = [newJob('worker', {})]
  const look = async ({ engine }: Session) => {
    const [fetched, cancelled] = [await fetchTwo(silent)({ engine } as Session), await engine.cancelJobs({})]

    return [fetched.length, cancelled.length, await engine.countJobs({})]
  }
  const insert = ({ engine, on }: Session) => engine.insertJobs([job], { on })

  expect(await meet(opened(), { first: insert, second: look, end: 'COMMIT' })).toMatchObject({
    waited: false,
    second: [0, 0, 0],
  })
  expect(await opened().b.engine.countJobs({ state: 'available' })).toBe(1)
})
