import { testStaffa } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { events } from '../../test/behaviour/kit.ts'
import { namesIn } from '../engine/names.ts'
import { postgresEngine } from '../engine/postgres/index.ts'
import { registry } from '../layers/registry.ts'
import { systemClock } from '../support/clock.ts'
import { jsonLogger } from '../support/logger.ts'
import { telemetry } from '../support/telemetry.ts'
import { Producer } from './producer.ts'

test('a queue that is paused while it waits for the acker asks for nothing', async () => {
  const staffa = await testStaffa({ node: 'backlog', onFinished: onTestFinished })
  const spans = telemetry({ instance: staffa.name, node: staffa.node })
  const failures = events('failure', staffa.node)
  const fetches = events('engine.start', staffa.node)
  const waits = Promise.withResolvers<void>()
  const caughtUp = Promise.withResolvers<void>()
  const acker = {
    size: 6_000,
    write: async () => true,
    writeThrough: async () => {},
    idle: async () => {
      waits.resolve()
      await caughtUp.promise
    },
  }
  const tools = { database: staffa.database, names: namesIn(staffa.prefix), clock: systemClock }
  const settings = { ack: 'batched', prefetch: 0, dispatchCooldown: 0, refreshInterval: 60_000, paused: false } as const
  const producer = new Producer(
    'default',
    { ...settings, limit: 10 },
    {
      ...{
        registry: registry([]),
        client: staffa,
        logger: jsonLogger(),
        clock: systemClock,
        telemetry: spans,
        acker,
      },
      ...{ engine: postgresEngine(tools, spans), shutdownGracePeriod: 0 },
      ...{ acknowledgeThrough: async () => {}, onDiscarded: () => {} },
    },
  )
  producer.start()
  onTestFinished(() => producer.stop())
  await waits.promise
  const paused = producer.change({ paused: true })
  caughtUp.resolve()
  await paused

  expect(fetches.filter(({ verb }) => verb === 'fetchJobs')).toEqual([])
  expect(failures).toEqual([])
})
