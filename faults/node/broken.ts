import type { Database, Queryable, Statement } from '@staffa/core/internal'

/** A mistake in the engine that an invariant must notice. */
export type Breakage = 'fetches without skipping locked rows' | 'acknowledges without a guard' | 'settles elsewhere'

/** The database as an engine with that mistake would use it. */
export function breaking(database: Database, breakage: Breakage | undefined): Database {
  if (breakage === undefined) return database
  const patch = (statement: Statement) => patched(statement, breakage)
  const on = (queryable: Queryable): Queryable => ({
    query: (statement, values) => {
      const elsewhere = breakage === 'settles elsewhere' && statement.text.includes('.settlements')

      return (elsewhere ? database : queryable).query(patch(statement), values)
    },
  })

  return { ...database, ...on(database), transaction: (work) => database.transaction((held) => work(on(held))) }
}

function patched({ name, text }: Statement, breakage: Breakage): Statement {
  if (breakage === 'fetches without skipping locked rows' && name.startsWith('staffa_fetch')) {
    return { name: `${name}_broken`, text: text.replace('FOR UPDATE SKIP LOCKED', '') }
  }
  if (breakage === 'acknowledges without a guard' && name.startsWith('staffa_ack')) {
    return { name: `${name}_broken`, text: withoutGuard(text) }
  }

  return { name, text }
}

/** The conditions stay, since the types of parameters are known by them: they are just not heeded. */
function withoutGuard(text: string): string {
  return text.replace(/AND (\((?:job\.)?state = 'executing'\) IS TRUE[\s\S]*?)(\s+RETURNING)/, 'AND (true OR ($1))$2')
}
