import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's PostgreSQL is: `inject('databaseUrl')`. One schema per test file, please. */
    databaseUrl: string
  }
}

/** Starts one PostgreSQL for the whole run, or uses the one that `DATABASE_URL` names. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.DATABASE_URL) {
    project.provide('databaseUrl', process.env.DATABASE_URL)
    return undefined
  }
  const server = await startPostgres()
  project.provide('databaseUrl', server.url)

  return server.stop
}
