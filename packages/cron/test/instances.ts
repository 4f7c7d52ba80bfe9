import { type Job, jsonLogger } from '@staffa/core'
import {
  type ManualClock,
  manualClock,
  type TestOptions,
  type TestStaffa,
  testStaffa,
  untilEvent,
} from '@staffa/testing'
import { inject } from 'vitest'
import type { CronService } from '../src/index.ts'

/** Both databases, for `describe.each`. */
export const databases = [
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
] as const

/** For tests in which things go wrong on purpose. */
export const silent = jsonLogger({ write: () => {} })

/** An instant in UTC, such as `at('2025-01-01 09:00')`. */
export function at(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`)
}

/** A clock that stands at an instant in UTC. */
export function clockAt(text: string): ManualClock {
  return manualClock(at(text))
}

export interface Leading extends TestOptions {
  readonly crons: CronService
}

/** An instance with a cron service, which leads those of its name. */
export async function leading({ crons, ...options }: Leading): Promise<TestStaffa> {
  const staffa = await testStaffa({ services: [crons], logger: silent, ...options })
  await lead(staffa)

  return staffa
}

/** Starts an instance and waits until it leads. */
export async function lead(staffa: TestStaffa): Promise<void> {
  const elected = untilEvent('leader.election', ({ node, leader }) => leader && node === staffa.node)
  await staffa.start()
  await elected
}

/** The slots of an entry that jobs were inserted for, in order, such as `2025-01-01T09:00:00Z`. */
export async function slotsOf(staffa: TestStaffa, name: string): Promise<readonly unknown[]> {
  const jobs = await staffa.jobs.list({ meta: { cron_name: name }, limit: 1_000 })

  return jobs.map(({ meta }: Job) => meta.cron_at).sort()
}
