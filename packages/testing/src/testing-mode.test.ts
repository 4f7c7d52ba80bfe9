import { cancel, snooze, worker } from '@staffa/core'
import { describe, expect, test } from 'vitest'
import { testStaffa, withTestingMode } from './index.ts'

const double = worker({ name: 'double' })
  .typed<{ n: number }>()
  .process(async ({ args, job }) => {
    if (args.n === 0) return cancel('nothing')
    if (args.n < 0) return snooze({ hours: 1 })
    if (args.n > 9) throw new RangeError('too much')

    return [job.attempt, args.n * 2]
  })

describe('withTestingMode', () => {
  test('runs jobs as they are inserted, and stores nothing', async () => {
    await using staffa = await testStaffa({ workers: [double] })
    const inserted = await withTestingMode('inline', async () => {
      const one = await staffa.insert(double.new({ n: 1 }))

      return [one, ...(await staffa.insertAll([double.new({ n: 0 }), double.new({ n: -1 }, { scheduleIn: 60 })]))]
    })

    expect(inserted.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['completed', 1],
      ['cancelled', 1],
      ['scheduled', 0],
    ])
    expect(await staffa.jobs.count()).toBe(0)
  })

  test('throws what the job throws', async () => {
    await using staffa = await testStaffa({ workers: [double] })

    await expect(withTestingMode('inline', () => staffa.insert(double.new({ n: 10 })))).rejects.toThrow('too much')
  })

  test('holds for what the function begins, and for nothing else', async () => {
    await using staffa = await testStaffa({ workers: [double], testing: 'inline' })
    const insert = () => staffa.insert(double.new({ n: 1 }))
    const [stored, ran] = await Promise.all([
      withTestingMode('manual', async () => {
        await new Promise(setImmediate)

        return insert()
      }),
      insert(),
    ])

    expect([stored.state, ran.state]).toEqual(['available', 'completed'])
    expect((await insert()).state).toBe('completed')
    expect(await staffa.jobs.count()).toBe(1)
  })

  test('is over when the function fails', async () => {
    await using staffa = await testStaffa({ workers: [double] })
    const failing = withTestingMode('inline', async () => {
      throw new Error('boom')
    })

    await expect(failing).rejects.toThrow('boom')
    expect((await staffa.insert(double.new({ n: 1 }))).state).toBe('available')
  })
})
