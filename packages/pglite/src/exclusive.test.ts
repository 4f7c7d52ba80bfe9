import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Job, Staffa, worker } from '@staffa/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { quickly } from '../../../test/project.ts'
import { pglite } from './pglite.ts'

/** Inserts two jobs that never end, and tells when both are executing. */
const program = `
  import { Staffa, worker } from '@staffa/core'
  import { pglite } from '@staffa/pglite'

  const forever = worker({ name: 'forever' }).process(({ args }) => {
    process.stdout.write('executing ' + args.name + '\\n')
    return new Promise(() => setInterval(() => {}, 60_000))
  })
  const staffa = new Staffa({ database: pglite(process.argv[1]), queues: { default: 2 }, workers: [forever] })
  await staffa.migrate()
  await staffa.insertAll([forever.new({ name: 'retried' }), forever.new({ name: 'given up' }, { maxAttempts: 1 })])
  await staffa.start()`

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffa-pglite-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

async function runAndKill(data: string): Promise<void> {
  const child = spawn(process.execPath, [...quickly, '--input-type=module', '--eval', program, data], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const seen = new Set<string>()
  for await (const line of createInterface({ input: child.stdout })) {
    seen.add(line)
    if (seen.size === 2) child.kill('SIGKILL')
  }

  expect(await exited).toEqual([null, 'SIGKILL'])
  expect([...seen].sort()).toEqual(['executing given up', 'executing retried'])
}

describe('a database that one process at a time can have', { timeout: 120_000 }, () => {
  test('gives the jobs of a process that was killed to the next one, as soon as it starts', async () => {
    const data = join(directory, 'data')
    await runAndKill(data)
    const ran = Promise.withResolvers<Job>()
    const forever = worker({ name: 'forever' }).process(({ job }) => ran.resolve(job))
    await using staffa = new Staffa({ database: pglite(data), queues: { default: 2 }, workers: [forever] })

    await staffa.start()
    const job = await ran.promise
    const [givenUp] = await staffa.jobs.list({ state: 'discarded' })

    expect(job).toMatchObject({ args: { name: 'retried' }, attempt: 2, errors: [], meta: { rescued: 1 } })
    expect(givenUp).toMatchObject({ args: { name: 'given up' }, attempt: 1, discardedAt: expect.any(Date) })
    expect(givenUp?.errors).toMatchObject([{ attempt: 1, error: expect.stringContaining('is gone') }])
  })

  test('leaves alone what other instances of the same process are executing', async () => {
    const database = pglite(join(directory, 'data'))
    const begun = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const slow = worker({ name: 'slow' }).process(() => {
      begun.resolve()

      return finish.promise
    })
    const workers = [slow]
    await using first = new Staffa({ database, workers, queues: { default: 1 }, node: 'first' })
    await first.migrate()
    await first.start()
    const { id } = await first.insert(slow.new({}))
    await begun.promise

    await using second = new Staffa({ database: { ...database, close: async () => {} }, workers, node: 'second' })
    await second.start()
    const job = await second.jobs.get(id)
    finish.resolve()

    expect(job).toMatchObject({ state: 'executing', attempt: 1, attemptedBy: [first.node, expect.any(String)] })
  })

  test('is one that lies in a directory: others may be shared, or hold nothing old', () => {
    expect(pglite('./data').exclusiveFor?.()).toBe(0)
    expect(pglite('file://data').exclusiveFor?.()).toBe(0)
    expect(pglite().exclusiveFor).toBeUndefined()
    expect(pglite('memory://').exclusiveFor).toBeUndefined()
  })
})
