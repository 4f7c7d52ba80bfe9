import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isFinal, type Job, Staffa } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quickly } from '../../test/project.ts'

const program = join(import.meta.dirname, 'index.ts')
/** The whole repository would do as well, but takes longer with every file that is added to it. */
const files = join(import.meta.dirname, '..')

let directory: string
let data: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffa-demo-'))
  data = join(directory, 'data')
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** Runs the demo, and kills it when a line that fits is printed. */
async function demo(killAt?: RegExp): Promise<{ readonly exit: unknown; readonly lines: readonly string[] }> {
  const child = spawn(process.execPath, [...quickly, program, data, files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (killAt?.test(line)) child.kill('SIGKILL')
  }
  const [code, signal] = await exited

  return { exit: signal ?? code, lines }
}

async function storedJobs(): Promise<readonly Job[]> {
  await using staffa = new Staffa({ database: pglite(data) })

  return staffa.jobs.list({ limit: 10_000 })
}

const ofRound = (jobs: readonly Job[], round: number) => jobs.filter(({ meta }) => meta.round === round)
const countsOf = (jobs: readonly Job[]) => jobs.filter(({ worker }) => worker === 'count-file')
const pathsOf = (jobs: readonly Job[]) => countsOf(jobs).map(({ args }) => String(args.path))

describe('the demo', { timeout: 300_000 }, () => {
  test('killed half-way and started again, finishes the rest and repeats nothing that was acknowledged', async () => {
    const killed = await demo(/^█+░+ \d+ of \d+ jobs$/)
    const before = await storedJobs()
    const done = before.filter(({ state }) => isFinal(state))
    const executing = before.filter(({ state }) => state === 'executing')
    const second = await demo()
    const after = await storedJobs()

    expect(killed.exit).toBe('SIGKILL')
    expect(done.length).toBeGreaterThan(0)
    expect(done.length).toBeLessThan(before.length)
    expect(second.exit).toBe(0)
    expect(second.lines.join('\n')).toContain(`${done.length} of its ${before.length} jobs are done`)
    expect(after.filter(({ id }) => done.some((job) => job.id === id))).toEqual(done)
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    expect(after.every(({ state }) => state === 'completed')).toBe(true)
    expect(pathsOf(after)).toHaveLength(new Set(pathsOf(after)).size)
    const again = countsOf(after).filter(({ attempt }) => attempt > 1)
    expect(again.map(({ id }) => id)).toEqual(countsOf(executing).map(({ id }) => id))
  })

  test('runs to its end, with a job for every file, and shows progress and a table', async () => {
    const { exit, lines } = await demo()
    const jobs = ofRound(await storedJobs(), 2)
    const { size } = new Set(pathsOf(jobs))

    expect(exit).toBe(0)
    expect(lines).toContainEqual(expect.stringMatching(/^█+░+ \d+ of \d+ jobs$/))
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}TypeScript( +[\d,–]+){7}$/))
    expect(lines.at(-1)).toBe(`  once       ${size} jobs counted ${size} files`)
    expect(pathsOf(jobs)).toHaveLength(size)
    expect(pathsOf(jobs)).toEqual(
      expect.arrayContaining(['01-hello/README.md', '01-hello/index.ts', 'vitest.config.ts']),
    )
    expect(pathsOf(jobs).filter((path) => path.includes('node_modules') || path.includes('dist/'))).toEqual([])
    expect(countsOf(jobs).every(({ meta }) => typeof meta.result === 'object')).toBe(true)
  })

  test('retries the flaky job, delays the scheduled one, and stores the unique one once', async () => {
    const jobs = ofRound(await storedJobs(), 2)
    const only = (name: string) => jobs.filter(({ worker }) => worker === name)

    expect(only('knock')).toMatchObject([{ state: 'completed', attempt: 3, errors: [{ attempt: 1 }, { attempt: 2 }] }])
    expect(only('look-at-clock')).toMatchObject([
      { state: 'completed', meta: { result: { late: expect.any(Number) } } },
    ])
    expect(only('find-longest')).toMatchObject([{ state: 'completed', attempt: 1 }])
  })
})
