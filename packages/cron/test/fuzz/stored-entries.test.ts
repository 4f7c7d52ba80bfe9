import { onTelemetry, worker } from '@staffa/core'
import { testStaffa } from '@staffa/testing'
import { expect, inject, onTestFinished, test } from 'vitest'
import { cron } from '../../src/index.ts'

/** What a stranger may have put into the table of entries. */
const strange: readonly (readonly [name: string, expression: string, opts: string])[] = [
  ['null', '* * * * *', 'null'],
  ['number', '* * * * *', '5'],
  ['list', '* * * * *', '[{"timezone": "Etc/UTC"}]'],
  ['no zone', '* * * * *', '{"timezone": {"toString": 1}}'],
  ['no expression', 'constructor', '{"timezone": "Etc/UTC", "dst": "wall"}'],
  [
    'sealed',
    '* * * * *',
    '{"timezone": "Etc/UTC", "dst": "wall", "args": {}, "sealed": {"scheduledAt": "now", "args": 5}}',
  ],
  ['sealed null', '* * * * *', '{"timezone": "Etc/UTC", "dst": "wall", "args": {}, "sealed": 5}'],
]

test('an entry that a stranger wrote is told of, and holds up no other', { timeout: 30_000 }, async () => {
  const noop = worker({ name: 'noop' }).process(() => {})
  const service = cron([{ expression: '* * * * *', worker: noop, guaranteed: true }])
  const told = new Set<string>()
  onTestFinished(onTelemetry('failure', ({ where }) => void told.add(where)))
  const database = inject('databaseUrl')
  const staffa = await testStaffa({
    database,
    workers: [noop],
    services: [service],
    logger: quiet,
    onFinished: onTestFinished,
  })
  await staffa.start()
  for (const [name, expression, opts] of strange) {
    await staffa.query(
      `INSERT INTO "${staffa.prefix}".oban_crons (name, expression, worker, opts, last_slot)
       VALUES ($1, $2, 'noop', $3, '2026-01-01')`,
      [name, expression, opts],
    )
  }
  await staffa.query(`UPDATE "${staffa.prefix}".oban_crons SET last_slot = '2026-01-01' WHERE name = 'noop'`)
  const inserted = async () => {
    await service.tick()

    return staffa.jobs.count({ worker: 'noop' })
  }
  await expect.poll(inserted, { timeout: 20_000 }).toBeGreaterThan(0)

  expect(await service.list()).toHaveLength(strange.length + 1)
  expect([...told].filter((where) => where.startsWith('cron ')).length).toBeGreaterThan(3)
  expect(told.has('cron')).toBe(false)
})

const nothing = () => {}
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing }
