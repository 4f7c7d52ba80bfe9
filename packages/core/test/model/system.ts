import assert from 'node:assert/strict'
import type { Queryable } from '../../src/engine/database.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { Names } from '../../src/engine/names.ts'
import type { Model, ModelJob } from './model.ts'

/** The real thing: an engine on a database, and a clock that the model sets. */
export interface System {
  readonly engine: Engine
  readonly database: Queryable
  readonly names: Names
  readonly clock: { time: number }
}

export const queues = ['alpha', 'beta'] as const
export const node = 'model'
export const producers = [
  '00000000-0000-8000-8000-000000000001',
  '00000000-0000-8000-8000-000000000002',
  '00000000-0000-8000-8000-000000000003',
] as const

/** Compares every row with the model. */
export async function agree(model: Model, { database, names }: System): Promise<void> {
  const { rows } = await database.query({ name: 'model_rows', text: rowsOf(names) }, [])
  const actual = rows.map((row) => JSON.parse(String(row[0])) as object)
  const wanted = [...model.jobs.values()].sort((a, b) => a.id - b.id).map(toPlain)

  assert.deepEqual(actual, wanted)
}

function rowsOf({ jobs }: Names): string {
  const time = (column: string) => `round(date_part('epoch', ${column}) * 1000)`

  return `
    SELECT json_build_object(
      'id', id, 'queue', queue, 'priority', priority, 'state', state, 'attempt', attempt, 'maxAttempts', max_attempts,
      'scheduledAt', ${time('scheduled_at')}, 'insertedAt', ${time('inserted_at')},
      'attemptedAt', ${time('attempted_at')}, 'producer', attempted_by[2],
      'completed', ${time('completed_at')}, 'cancelled', ${time('cancelled_at')}, 'discarded', ${time('discarded_at')},
      'errors', coalesce(array_length(errors, 1), 0), 'snoozed', coalesce((meta ->> 'snoozed')::int, 0),
      'rescued', coalesce((meta ->> 'rescued')::int, 0), 'fingerprint', meta ->> 'fingerprint')::text
    FROM ${jobs} ORDER BY id`
}

function toPlain({ attemptedAt, producer, endedAt, fingerprint, ...job }: ModelJob): object {
  const { completed = null, cancelled = null, discarded = null } = endedAt

  return {
    ...job,
    attemptedAt: attemptedAt ?? null,
    producer: producer ?? null,
    completed,
    cancelled,
    discarded,
    fingerprint: fingerprint ?? null,
  }
}
