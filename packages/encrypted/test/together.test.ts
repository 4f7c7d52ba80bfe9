import { type Json, worker } from '@staffa/core'
import { fetchRecorded, recorded } from '@staffa/recorded'
import { structured } from '@staffa/structured'
import { settled, testStaffa } from '@staffa/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { encrypted, generateKey } from '../src/index.ts'

/** PostgreSQL holds no NUL. */
const json = fc
  .jsonValue({ stringUnit: 'grapheme', maxDepth: 4 })
  .filter((value) => !JSON.stringify(value).includes('\\u0000')) as fc.Arbitrary<Json>

test.each(['aes-256-gcm', 'aes-256-ctr'] as const)(
  'any JSON survives structured, recorded and encrypted with %s',
  async (cipher) => {
    const seen = new Map<number, unknown>()
    const echo = worker({ name: 'echo' })
      .use(encrypted({ key: generateKey(), cipher }))
      .use(structured({ keys: ['value'] }))
      .use(recorded({ limit: 1_000_000 }))
      .process(({ args, job }) => {
        seen.set(job.id, args.value)

        return { back: args.value }
      })
    const staffa = await testStaffa({ workers: [echo], onFinished: onTestFinished })

    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 20 }), async (values) => {
        const jobs = await staffa.insertAll(values.map((value) => echo.new({ value })))
        await staffa.drain({ queue: 'default', concurrency: 5 })
        const plain = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown)

        expect(jobs.map(({ id }) => seen.get(id))).toEqual(plain)
        expect(await Promise.all(jobs.map((job) => fetchRecorded(staffa, echo, job)))).toEqual(
          plain.map((back) => ({ back })),
        )
      }),
      { numRuns: 15 },
    )
  },
)

test('a result cannot be moved to another job, nor taken for args', async () => {
  const echo = worker({ name: 'echo' })
    .use(encrypted({ key: generateKey() }))
    .use(recorded())
    .typed<{ name: string }>()
    .process(({ args }) => args)
  const staffa = await testStaffa({ workers: [echo], queues: { default: 1 }, start: true, onFinished: onTestFinished })
  const [one, other] = await staffa.insertAll([echo.new({ name: 'one' }), echo.new({ name: 'other' })])
  const ended = await Promise.all([settled(staffa, one?.id ?? 0), settled(staffa, other?.id ?? 0)])
  const [first, second] = ended
  const swapped = { ...first, meta: { ...first.meta, return: second.meta.return } }
  const disguised = { ...first, meta: { ...first.meta, return: first.args.data } }

  expect(await fetchRecorded(staffa, echo, first)).toEqual({ name: 'one' })
  for (const job of [swapped, disguised]) {
    await expect(fetchRecorded(staffa, echo, job)).rejects.toMatchObject({
      code: 'RESULT_UNREADABLE',
      cause: { code: 'UNREADABLE', data: { keyId: 'default', worker: 'echo' } },
    })
  }
})
