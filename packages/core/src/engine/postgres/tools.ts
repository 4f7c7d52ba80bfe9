import type { Clock } from '../../support/clock.ts'
import type { Database, Queryable, Row, Statement, Value } from '../database.ts'
import { withoutValues } from '../discretion.ts'
import type { Names } from '../names.ts'

/** What every verb works with. */
export interface Tools {
  readonly database: Database
  readonly names: Names
  readonly clock: Clock
}

/** The present, in SQL: the parameter when a clock of our own rules, else the database's clock. */
export function now(parameter: number): string {
  return `coalesce(to_timestamp($${parameter}::text::float8 / 1000), now()) AT TIME ZONE 'UTC'`
}

/** What is the same for every row is worked out once: text that is cast, or the present, would be for each of them. */
export function once(expression: string): string {
  return `(SELECT ${expression})`
}

/** The value for the parameter of `now`: nothing, unless time is a matter of this process alone. */
export function instant({ clock }: Tools): Value {
  return clock.authoritative ? clock.now().getTime() : null
}

/** Runs a statement where told, or anywhere. What it throws says nothing of the values. */
export async function run(
  tools: Tools,
  statement: Statement,
  { values, on }: { readonly values: readonly Value[]; readonly on?: Queryable | undefined },
): Promise<readonly Row[]> {
  try {
    return (await (on ?? tools.database).query(statement, values)).rows
  } catch (error) {
    throw withoutValues(error)
  }
}

/** An array of numbers as PostgreSQL writes it: none is larger than a `bigint`, also when it was rounded up. */
export function numbers(list: readonly number[]): string {
  return `{${list.map((number) => (number < 2 ** 63 ? number : '9223372036854775807')).join(',')}}`
}

/** An array of texts as PostgreSQL writes it. */
export function texts(list: readonly string[]): string {
  return `{${list.map((text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
}
