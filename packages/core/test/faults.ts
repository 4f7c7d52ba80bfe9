import type { Database, Queryable, Statement } from '../src/engine/database.ts'

/** When a statement is cut off: before the database saw it, or after it did all of it and before the answer came. */
export type Fault = 'before' | 'after' | Late | undefined

/** The line is cut at once, and what it carried reaches the database when the test says so. */
export class Late {
  #send: (() => Promise<unknown>) | undefined

  hold(send: () => Promise<unknown>): void {
    this.#send = send
  }

  /** Lets the statement reach the database; resolves when that is done with it. */
  async arrive(): Promise<void> {
    if (!this.#send) throw new Error('expected a statement to have been held')
    await this.#send()
  }
}

/** A real database behind a bad line: some statements are cut off, as the plan says. Transactions are left alone. */
export function faulty(database: Database, plan: (statement: Statement) => Fault): Database {
  return { ...database, ...cutting(database, plan) }
}

function cutting(on: Queryable, plan: (statement: Statement) => Fault): Queryable {
  return {
    query: async (statement, values) => {
      const fault = plan(statement)
      if (fault === 'before') throw cut()
      if (fault instanceof Late) {
        fault.hold(() => on.query(statement, values))
        throw cut()
      }
      const rows = await on.query(statement, values)
      if (fault === 'after') throw cut()

      return rows
    },
  }
}

/** Whether a statement is the one of this verb. */
export function isVerb(statement: Pick<Statement, 'name'>, verb: string): boolean {
  return verbOf(statement) === verb
}

/** The verb that a statement is for. */
export function verbOf({ name }: Pick<Statement, 'name'>): string {
  return name.replace(/^staffa_|_[0-9a-f]{12}$/g, '')
}

/** A URL whose sessions bear a name, so that they can be found and cut. */
export function named(url: string, name: string): string {
  const own = new URL(url)
  own.searchParams.set('application_name', name)

  return own.href
}

function cut(): Error {
  return new Error('Connection terminated unexpectedly')
}
