import { type InsertedJob, type Loop, loop, type ServiceHost } from '@staffa/core/plugin'
import { crontabNotices } from './crontab.ts'
import { evaluator } from './evaluator.ts'
import type { Making } from './job-of.ts'
import type { Store } from './store.ts'
import type { Row } from './stored.ts'

/** Milliseconds after which a node looks again: whether it leads; after a failure or a quarrel; and at the latest. */
const pauses = { follower: 1_000, retry: 1_000, leader: 15_000 }

export interface Scheduler extends Loop {
  /** If this node leads: inserts the jobs that are due, and gives them. */
  tick(): Promise<readonly InsertedJob[]>
  /** Says that entries have changed. */
  refresh(): void
}

export interface SchedulerTools {
  readonly host: ServiceHost
  readonly store: Store
  readonly making: Making
}

/** Looks at the entries at the beginning of every minute, and in between. */
export function scheduler({ host, store, making }: SchedulerTools): Scheduler {
  const report = (name: string, error: unknown) => host.telemetry.emit('failure', { where: `cron ${name}`, error })
  const evaluate = evaluator({ ...making, database: host.database, engine: host.engine, store, report })
  const publishes = publisher(host)
  let wakeAt = 0
  let last: Promise<unknown> = Promise.resolve()

  async function turn(): Promise<readonly InsertedJob[]> {
    const leads = host.isLeader()
    wakeAt = performance.now() + (leads ? pauses.retry : pauses.follower)

    return leads ? host.telemetry.span('service', 'cron', lead) : []
  }

  /** Ticks of one node wait for each other. */
  function tick(): Promise<readonly InsertedJob[]> {
    const own = last.then(turn, turn)
    last = own

    return own
  }

  async function lead(): Promise<readonly InsertedJob[]> {
    const now = await store.now()
    const next = performance.now() + Math.min(60_000 - (now % 60_000), pauses.leader)
    const rows = await store.list()
    const { inserted, contended } = await evaluate(rows, Math.floor(now / 60_000))
    if (!contended) wakeAt = next
    await publishes.publish(rows)

    return inserted
  }

  const looping = loop({
    every: () => Math.max(10, wakeAt - performance.now()),
    tick,
    onError: (error) => host.telemetry.emit('failure', { where: 'cron', error }),
  })

  return {
    ...looping,
    tick,
    refresh: () => {
      publishes.hurry()
      looping.wake()
    },
  }
}

/** Tells Oban Web of the entries, which forgets those that it has not heard of for a minute. */
function publisher({ engine, client }: Pick<ServiceHost, 'engine' | 'client'>) {
  let publishAt = 0

  return {
    publish: async (rows: readonly Row[]): Promise<void> => {
      if (performance.now() < publishAt) return
      publishAt = performance.now() + pauses.leader - 1_000
      await engine.notify('cronitor', crontabNotices(rows, client))
    },
    /** Publishes at the next opportunity, whether it is time or not. */
    hurry: (): void => {
      publishAt = 0
    },
  }
}
