import { worker } from '@staffa/core'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { settled, testStaffa } from './index.ts'

const greet = worker({ name: 'greet' })
  .typed<{ name: string }>()
  .process(async ({ args }) => `hello ${args.name}`)

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('testStaffa on %s', (_, url) => {
  test('runs a job', async () => {
    await using staffa = await testStaffa({ database: url(), workers: [greet], queues: { default: 5 }, start: true })
    const job = await staffa.insert(greet.new({ name: 'Ann' }))

    expect(await settled(staffa, job)).toMatchObject({ id: job.id, state: 'completed' })
  })

  test('shares no table with another instance', async () => {
    await using one = await testStaffa({ database: url() })
    await using other = await testStaffa({ database: url() })
    await one.insert(greet.new({ name: 'Ann' }))

    expect(await one.jobs.list()).toHaveLength(1)
    expect(await other.jobs.list()).toHaveLength(0)
  })

  test('is not started unless told', async () => {
    await using staffa = await testStaffa({ database: url(), workers: [greet], queues: { default: 5 } })
    const { id } = await staffa.insert(greet.new({ name: 'Ann' }))

    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'available', attempt: 0 })
    const ended = settled(staffa, id)
    await staffa.start()
    expect(await ended).toMatchObject({ state: 'completed' })
  })

  test('leaves no schema behind', async () => {
    await using witness = await testStaffa({ database: url(), onFinished: onTestFinished })
    const staffa = await testStaffa({ database: url() })
    const there = () => witness.query('SELECT nspname AS name FROM pg_namespace WHERE nspname = $1', [staffa.prefix])

    expect(await there()).toEqual([{ name: staffa.prefix }])
    await staffa[Symbol.asyncDispose]()
    expect(await there()).toEqual([])
  })
})
