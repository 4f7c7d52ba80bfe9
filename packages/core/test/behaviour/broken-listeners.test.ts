import { settled } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { onTelemetry, type TelemetryName } from '../../src/index.ts'
import { instance, noop, quiet, still } from './kit.ts'

const names: readonly TelemetryName[] = ['job.start', 'job.stop', 'engine.start', 'engine.stop', 'failure']

test('listeners that throw end neither the process nor the job, and the logger is told once of each', async () => {
  const lines: object[] = []
  const logger = { ...quiet, warn: (fields: object) => void lines.push(fields) }
  for (const name of names) {
    onTestFinished(
      onTelemetry(name, ({ node }) => {
        if (node === 'overheard') throw new Error(`no ${name}`)
      }),
    )
  }
  const options = { ...still, node: 'overheard', logger, workers: [noop], queues: { default: 1 } }
  const staffa = await instance({ ...options, start: true })
  for (const _ of [1, 2]) {
    const job = await staffa.insert(noop.new({}))
    expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 1 })
  }
  const told = () => lines.map((line) => String((line as { readonly where: unknown }).where)).sort()

  await expect.poll(told).toEqual(names.map((name) => `listener of ${name}`).sort())
})
