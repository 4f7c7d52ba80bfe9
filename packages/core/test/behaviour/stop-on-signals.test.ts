import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { newJob } from '../../src/index.ts'
import { instance } from './kit.ts'

interface Order {
  readonly grace: number
  /** Milliseconds that a job takes; of none, it lasts until the program stops. */
  readonly work: number
}

/** A node in a program of its own that stops on signals, and has begun to run jobs. */
async function program({ grace, work }: Order) {
  const staffa = await instance()
  await staffa.insertAll(Array.from({ length: 6 }, () => newJob('work', { milliseconds: work })))
  const file = fileURLToPath(new URL('./programs/stop-on-signals.ts', import.meta.url))
  const child = fork(file, [inject('databaseUrl'), staffa.prefix, String(grace)])
  onTestFinished(() => void child.kill('SIGKILL'))
  await vi.waitFor(async () => expect(await staffa.jobs.count({ state: 'executing' })).toBe(2), { timeout: 20_000 })
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>

  return { staffa, child, exited }
}

const statesOf = async ({ jobs }: Awaited<ReturnType<typeof instance>>) =>
  (await jobs.list()).map(({ state, attempt }) => `${state} ${attempt}`).toReversed()

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets running jobs end, gives the others up, and ends the program',
  async (signal) => {
    const { staffa, child, exited } = await program({ grace: 20_000, work: 0 })
    child.kill(signal)

    expect(await exited).toEqual([null, signal])
    expect(await statesOf(staffa)).toEqual(['completed 1', 'completed 1', ...Array(4).fill('available 0')])
    expect(await staffa.query(`SELECT * FROM "${staffa.prefix}".oban_producers`)).toEqual([])
    expect(await staffa.query(`SELECT * FROM "${staffa.prefix}".oban_peers`)).toEqual([])
  },
)

test('jobs that outlast the grace period are stopped, and run again elsewhere as if nothing had been', async () => {
  const { staffa, child, exited } = await program({ grace: 200, work: 60_000 })
  child.kill('SIGTERM')

  expect(await exited).toEqual([null, 'SIGTERM'])
  expect(await statesOf(staffa)).toEqual(Array(6).fill('available 0'))
})

test('a second signal ends the program at once', async () => {
  const { staffa, child, exited } = await program({ grace: 60_000, work: 60_000 })
  child.kill('SIGINT')
  await vi.waitFor(() => expect(child.connected).toBe(false), { timeout: 20_000 })
  child.kill('SIGTERM')

  expect(await exited).toEqual([null, 'SIGTERM'])
  expect(await staffa.jobs.count({ state: 'executing' })).toBe(2)
})
