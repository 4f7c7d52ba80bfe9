import { StaffaError } from '@staffa/core'

/** What a `pg` client answers. */
interface Answer {
  readonly rows: unknown[]
  readonly rowCount: number | null
}

/** A `pg` client, by shape. */
export interface PgClientLike {
  query(config: unknown, values?: unknown, callback?: unknown): Promise<Answer>
  release(destroy?: boolean | Error): void
}

/** A `pg` pool, by shape. */
export interface PgPoolLike {
  connect(): Promise<PgClientLike>
  end(): Promise<void>
}

/** A pool for one program under test, whose clients are all the same connection. */
export interface SharedPool extends PgPoolLike {
  query(config: unknown, values?: unknown, callback?: unknown): Promise<Answer>
  on(event: string, listener: (value: never) => void): unknown
  off(event: string, listener: (value: never) => void): unknown
  readonly options: { readonly max: number }
}

/** As they were before a test could replace them by fake ones. */
const { setTimeout, clearTimeout } = globalThis

/** How long to wait for the connection, in milliseconds. */
const patience = 5_000

/**
 * Makes a pool out of one connection that is inside a transaction. Whoever begins a transaction gets a savepoint; whoever
 * wants the connection while another has it waits.
 */
export function sharedPool(client: PgClientLike): SharedPool {
  const turns = turnstile()
  const savepoints = savepointsOn(client)

  async function connect(): Promise<PgClientLike> {
    const leave = await turns.enter()
    const { query, reset } = savepoints.lend()
    let lent = true

    return {
      ...deaf,
      query,
      release: () => {
        if (!lent) return
        lent = false
        void reset()
          .catch(() => {}) // the connection is gone, and the next who asks is told
          .finally(leave)
      },
    } as PgClientLike
  }

  return {
    ...deaf,
    options: { max: 1 },
    connect,
    query: answering(async (config, values) => {
      const lent = await connect()

      return lent.query(config, values).finally(() => lent.release())
    }),
    end: async () => {},
  }
}

/** Nobody hears of errors but those who ask: the connection is the test's own. */
const deaf = { on: () => {}, off: () => {}, once: () => {}, removeListener: () => {} }

/** Gives out turns, one at a time. */
function turnstile(): { enter(): Promise<() => void> } {
  let last = Promise.resolve()

  return {
    enter: async () => {
      const before = last
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      try {
        await within(patience, before)
      } catch (error) {
        void before.finally(resolve)
        throw error
      }

      return resolve
    },
  }
}

async function within(milliseconds: number, free: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const message =
    'expected the one connection of the sandbox to be free, got an open transaction: pass it on, do not wait'
  const timer = setTimeout(() => late.reject(new StaffaError('SANDBOX_BUSY', message)), milliseconds)
  await Promise.race([free, late.promise]).finally(() => clearTimeout(timer))
}

interface Lent {
  readonly query: PgClientLike['query']
  /** Undoes a transaction that was left open. */
  readonly reset: () => Promise<void>
}

/** Turns transactions into savepoints; also each statement outside of them, so that one that fails spoils nothing. */
function savepointsOn(client: PgClientLike): { lend(): Lent } {
  const run = (text: string) => client.query({ text })
  const undo = async () => {
    await run('ROLLBACK TO SAVEPOINT sandbox')

    return run('RELEASE SAVEPOINT sandbox')
  }

  return {
    lend: () => {
      let begun = false
      const control: Readonly<Record<Kind, () => Promise<Answer>>> = {
        begin: () => run('SAVEPOINT sandbox'),
        commit: () => run('RELEASE SAVEPOINT sandbox'),
        rollback: undo,
      }

      return {
        query: answering(async (config, values) => {
          const kind = kindOf(config)
          if (kind) {
            if (begun === (kind === 'begin')) return { rows: [], rowCount: null } // PostgreSQL only warns, too
            begun = kind === 'begin'

            return kind === 'commit' ? control.commit().catch(control.rollback) : control[kind]()
          }
          if (begun) return client.query(config, values)
          await run('SAVEPOINT sandbox')
          const answer = await client.query(config, values).catch((error) => undo().then(() => Promise.reject(error)))
          await run('RELEASE SAVEPOINT sandbox')

          return answer
        }),
        reset: async () => {
          if (begun) await undo()
        },
      }
    },
  }
}

/** Answers as the driver does: to the callback of whoever gives one, else by a promise. */
function answering(ask: (config: unknown, values: unknown) => Promise<Answer>): PgClientLike['query'] {
  return (config, values, callback) => {
    const [given, tell] = typeof values === 'function' ? [undefined, values] : [values, callback]
    const asked = ask(config, given)
    if (typeof tell !== 'function') return asked
    asked.then(
      (answer) => tell(null, answer),
      (error) => tell(error),
    )

    return undefined as never
  }
}

type Kind = 'begin' | 'commit' | 'rollback'

const kinds: readonly (readonly [Kind, RegExp])[] = [
  ['begin', /^\s*(begin|start\s+transaction)\b/i],
  ['commit', /^\s*(commit|end)\b/i],
  ['rollback', /^\s*(rollback|abort)(\s+(work|transaction))?\s*;?\s*$/i],
]

/** Tells whether a statement begins or ends a transaction. */
function kindOf(config: unknown): Kind | undefined {
  const text = typeof config === 'string' ? config : (config as { readonly text?: unknown }).text

  return kinds.find(([, pattern]) => typeof text === 'string' && pattern.test(text))?.[0]
}
