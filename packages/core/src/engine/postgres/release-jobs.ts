import type { ReleaseOptions } from '../engine.ts'
import { statement } from '../names.ts'
import { numbers, run, type Tools } from './tools.ts'

/** Gives back jobs that were claimed in a fetch whose answer never arrived; the attempt does not count. */
export function releaseJobs(tools: Tools) {
  const release = statement(
    'release',
    `UPDATE ${tools.names.jobs} SET state = 'available', attempt = greatest(attempt - 1, 0)
     WHERE state = 'executing' AND attempted_by[2] = $1::text AND id <> ALL ($2::text::bigint[])
     RETURNING id::text`,
  )

  return async ({ producer, except }: ReleaseOptions): Promise<number> => {
    const rows = await run(tools, release, { values: [producer, numbers(except)] })

    return rows.length
  }
}
