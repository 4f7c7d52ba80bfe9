import fc, { type Arbitrary } from 'fast-check'
import type { Queryable } from '../../src/engine/database.ts'
import type { Names } from '../../src/engine/names.ts'

/** A row as a stranger may have written it. What is JSON in the table is text here: numbers may be larger than ours. */
export interface HostileRow {
  readonly id: string | null
  readonly state: string
  readonly queue: string
  readonly worker: string
  readonly args: string
  readonly meta: string | null
  readonly tags: readonly (string | null)[] | null
  readonly errors: string
  /** Whether the errors lie in an array of two dimensions. */
  readonly matrix: boolean
  readonly attempt: number
  readonly max_attempts: number
  readonly priority: number
  readonly inserted_at: string
  readonly scheduled_at: string
  readonly attempted_at: string | null
  readonly completed_at: string | null
  readonly cancelled_at: string | null
  readonly discarded_at: string | null
  readonly attempted_by: readonly (string | null)[] | null
}

/** By its version a producer of ours, which is not there. */
export const silentProducer = '00000000-0000-8000-8000-000000000000'

/** The largest that a column holds. */
const most = 2 ** 31 - 1

const deep = `${'{"a":'.repeat(1_500)}1${'}'.repeat(1_500)}`
const huge = JSON.stringify({ text: 'é'.repeat(50_000) })
const prototypes = '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "toString": 1}'

/** JSON that the server takes: it knows neither NUL nor halves of surrogate pairs. */
const json = fc
  .json({ maxDepth: 3, stringUnit: 'binary' })
  .filter((text) => !/\\u0000|\\ud[89a-f]/i.test(text) && text.isWellFormed())
const notObjects = ['[]', '[1, {"a": 2}]', '5', '-1e400', '"text"', '"settles"', 'true', 'null', '["settles"]']
const objects = ['{}', '{"id": 1}', '{"big": 12345678901234567890, "bigger": 1e400}', prototypes, deep, huge]

/** What a word of our own may be in somebody else's meta. */
const marks = fc
  .dictionary(
    fc.constantFrom('settles', 'ended_by', 'fingerprint', 'deadline', 'snoozed', 'rescued', 'return', 'encrypted'),
    fc.constantFrom('true', '"true"', 'null', '-1', '1.5', '1e400', '-1e300', '{}', '[1]', '"x"'),
  )
  .map((fields) => `{${Object.entries(fields).map(([name, value]) => `"${name}": ${value}`)}}`)

const entries = fc.oneof(
  fc.constantFrom('null', '5', '"text"', '{}', '[]', '{"at": 5, "attempt": "x", "error": null}', '{"error": {"a": 1}}'),
  fc.constantFrom('{"error": {"toString": 1, "valueOf": 1}}', '{"at": {"toString": null}, "attempt": {"valueOf": 1}}'),
  fc.constantFrom('{"at": "not a date", "error": "e"}', '{"attempt": 1e400}', prototypes),
  json,
)
const times = fc.constantFrom(
  ...['infinity', '-infinity', '2026-01-01T00:00:00.123456', '4713-01-01 BC', '294276-12-31T23:59:59', '0001-01-01'],
)
const words = fc.constantFrom('ok', 'two words', '', 'NULL', '{}', '"', '\\', '💥', "'; --", 'x'.repeat(500))
const producers = fc.constantFrom('00000000-0000-4000-8000-000000000000', silentProducer, '"')
const perhaps = <T>(arbitrary: Arbitrary<T>) => fc.option(arbitrary, { freq: 3 })
const mostly = <T>(usual: T, arbitrary: Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary })

/** How many attempts a row says that it has had, and how many it may have: what the table's own checks let through. */
const attempts = fc.constantFrom(
  [0, 1],
  [0, 1],
  [0, 1],
  [1, 2],
  [19, 20],
  [1, 1],
  [20, 20],
  [most, most],
  [most - 1, most],
)

const column = {
  id: mostly<string | null>(null, fc.constantFrom('9007199254740993', '9223372036854775807', '-5', '0')),
  worker: mostly('good', fc.constantFrom('bad', 'unknown', 'good ', 'constructor', '__proto__', '"', 'é'.repeat(127))),
  args: mostly('{}', fc.oneof(fc.constantFrom(...notObjects, ...objects), json)),
  meta: mostly<string | null>('{}', fc.oneof(fc.constantFrom(null, ...notObjects, ...objects), json, marks)),
  tags: mostly<HostileRow['tags']>([], perhaps(fc.array(perhaps(words), { maxLength: 3 }))),
  errors: mostly(
    '[]',
    fc.array(entries, { maxLength: 3 }).map((list) => `[${list.join(',')}]`),
  ),
  matrix: fc.boolean(),
  attempts,
  priority: mostly(0, fc.constantFrom(50, most)),
  inserted_at: mostly('2026-01-01', times),
  scheduled_at: mostly('2026-01-01', times),
  attempted_at: perhaps(times),
  completed_at: perhaps(times),
  cancelled_at: perhaps(times),
  discarded_at: perhaps(times),
  attempted_by: perhaps(fc.array(perhaps(fc.oneof(words, producers)), { maxLength: 3 })),
}

/** Rows of these states, in one queue. Each id is there once. */
export function hostileRows(count: number, { queue, states, seed }: RowOptions): readonly HostileRow[] {
  const row = fc.record({ state: fc.constantFrom(...states), ...column })
  const taken = new Set<string>()

  return fc.sample(row, { numRuns: count, seed }).map(({ attempts: [attempt = 0, max = 1], id, ...rest }) => {
    const free = id !== null && !taken.has(id)
    if (free) taken.add(id)

    return { ...rest, queue, id: free ? id : null, attempt, max_attempts: max }
  })
}

export interface RowOptions {
  readonly queue: string
  readonly states: readonly string[]
  readonly seed: number
}

/** Writes rows, a thousand in one statement, past everything that we would have to say about them. */
export async function put(rows: readonly HostileRow[], on: Queryable, { jobs, state }: Names): Promise<void> {
  const plain = ['queue', 'worker', 'tags', 'attempt', 'max_attempts', 'priority', 'attempted_by'] as const
  const stamps = [
    'inserted_at',
    'scheduled_at',
    'attempted_at',
    'completed_at',
    'cancelled_at',
    'discarded_at',
  ] as const
  const list = 'ARRAY(SELECT jsonb_array_elements(errors::jsonb))'
  const text = `
    INSERT INTO ${jobs} (id, state, args, meta, errors, ${[...plain, ...stamps]})
    SELECT coalesce(id::bigint, nextval(pg_get_serial_sequence($2::text, 'id'))), state::${state}, args::jsonb, meta::jsonb,
      CASE WHEN matrix AND errors <> '[]' THEN ARRAY[${list}] ELSE ${list} END,
      ${[...plain, ...stamps.map((name) => `${name}::timestamp`)]}
    FROM jsonb_to_recordset($1::text::jsonb) AS given (
      id text, state text, args text, meta text, errors text, matrix boolean, queue text, worker text, tags text[],
      attempt int, max_attempts int, priority int, attempted_by text[], ${stamps.map((name) => `${name} text`)})`
  for (let from = 0; from < rows.length; from += 1_000) {
    await on.query({ name: '', text }, [JSON.stringify(rows.slice(from, from + 1_000)), jobs])
  }
}
