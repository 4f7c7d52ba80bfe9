import type { Change, History, NodeLife, Row, Run, Span } from '../history.ts'

/** A history in which nothing happened, but for what is given. The lease is one second, the limit two. */
export function aHistory(given: Partial<History> = {}): History {
  return {
    lease: 1_000,
    limit: 2,
    inserts: [],
    cancelled: [],
    runs: [],
    nodes: [],
    faults: [],
    changes: [],
    rows: [],
    settlements: [],
    effects: [],
    healed: { at: 0, within: 1_000 },
    ...given,
  }
}

export function aRow(given: Partial<Row> = {}): Row {
  return { id: 1, key: 'key-1', worker: 'note', state: 'completed', settles: 'no', ...given }
}

/** Job 1 on node a, from 100 to 200. */
export function aRun(given: Partial<Run> = {}): Run {
  return { job: 1, attempt: 1, node: 'a', started: 100, left: 200, ...given }
}

/** Node a completes job 1 at 200. */
export function aChange(given: Partial<Change> = {}): Change {
  const usual = { job: 1, before: 'executing', after: 'completed', attempt: 1, claimant: 'a', by: 'a' }

  return { ...usual, at: 200, transaction: '7', ...given }
}

/** Node a, which gives a sign of life every 300 milliseconds until 5,000. */
export function aNode(given: Partial<NodeLife> = {}): NodeLife {
  const usual = { name: 'a', started: 0, crashed: false, seen: 5_000, beats: everyThird(0, 5_000) }

  return { ...usual, stalls: [], failures: [], ...given }
}

/** Signs of life every 300 milliseconds, each answered after 10. */
export function everyThird(from: number, to: number): readonly Span[] {
  const count = Math.floor((to - from) / 300) + 1

  return Array.from({ length: count }, (_, index) => ({ from: from + index * 300, to: from + index * 300 + 10 }))
}
