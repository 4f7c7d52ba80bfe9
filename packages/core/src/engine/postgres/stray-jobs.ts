import type { JobState } from '../../job/state.ts'
import type { Stray } from '../engine.ts'
import { statement } from '../names.ts'
import { numbers, run, type Tools } from './tools.ts'

/** Finds out which of a producer's running jobs have been taken from it. Takes no lock. */
export function strayJobs(tools: Tools) {
  const look = statement(
    'strays',
    `SELECT given.id::text, job.state::text FROM unnest($2::text::bigint[]) AS given (id)
     LEFT JOIN ${tools.names.jobs} AS job ON job.id = given.id
     WHERE (job.state = 'executing' AND job.attempted_by[2] = $1::text) IS NOT TRUE`,
  )

  return async (producer: string, ids: readonly number[]): Promise<readonly Stray[]> => {
    if (ids.length === 0) return []
    const rows = await run(tools, look, { values: [producer, numbers(ids)] })

    return rows.map(([id, state]) => ({ id: Number(id), state: (state as JobState | null) ?? undefined }))
  }
}
