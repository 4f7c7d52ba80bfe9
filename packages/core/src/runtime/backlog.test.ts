import { testStaffa } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { events } from '../../test/behaviour/kit.ts'
import { worker } from '../index.ts'

test('a queue asks for no more jobs while the ends of two thousand wait to be written', async () => {
  const quick = worker({ name: 'quick' }).process(() => {})
  const staffa = await testStaffa({
    ...{ node: 'backlog', workers: [quick], queues: { default: { limit: 500, prefetch: 1_000, paused: true } } },
    onFinished: onTestFinished,
  })
  const fetches = events('engine.stop', staffa.node)
  await staffa.insertAll(Array.from({ length: 6_000 }, () => quick.new({})))
  const cutOff = `"${staffa.prefix}".cut_off`
  await staffa.query(`CREATE FUNCTION ${cutOff}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not yet'; END $$`)
  await staffa.query(`CREATE TRIGGER cut_off BEFORE UPDATE ON "${staffa.prefix}".oban_jobs
    FOR EACH ROW WHEN (NEW.state = 'completed') EXECUTE FUNCTION ${cutOff}()`)
  await staffa.start()
  const failures = events('engine.exception', staffa.node)
  await staffa.queues.resume('default')
  await expect.poll(() => failures.filter(({ verb }) => verb === 'ackJobs').length).toBeGreaterThan(2)
  const executing = await staffa.jobs.count({ state: 'executing' })
  const asked = fetches.filter(({ verb }) => verb === 'fetchJobs').length
  await expect.poll(() => failures.filter(({ verb }) => verb === 'ackJobs').length).toBeGreaterThan(4)

  expect(executing).toBeGreaterThan(2_000)
  expect(executing).toBeLessThan(4_000)
  expect(fetches.filter(({ verb }) => verb === 'fetchJobs')).toHaveLength(asked)
  await staffa.query(`DROP TRIGGER cut_off ON "${staffa.prefix}".oban_jobs`)
  await expect.poll(() => staffa.jobs.count({ state: 'completed' })).toBe(6_000)
})
