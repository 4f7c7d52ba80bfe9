import type { Bound } from './flatness.ts'

/** What is measured, by name: of the table, of the server, and of each node. */
export interface Sample {
  /** Milliseconds since the beginning. */
  readonly at: number
  readonly values: Readonly<Record<string, number>>
}

/** One panel of the chart: things of one unit, and how flat they must be at the end. */
export interface Panel {
  readonly title: string
  readonly measures: readonly string[]
  readonly bound: Bound
}

/** What must be flat. A measure of each process bears its name behind a dot. */
export const panels: readonly Panel[] = [
  {
    title: 'memory that each process occupies, RSS after a collection, MB',
    measures: ['rss.node-1', 'rss.node-2', 'rss.driver'],
    bound: { share: 0.1, amount: 10 },
  },
  {
    title: 'heap of each process that is reachable, MB',
    measures: ['heap.node-1', 'heap.node-2', 'heap.driver'],
    bound: { share: 0.05, amount: 1 },
  },
  {
    // Pools open up to six when they are busy, and close those that were idle for ten seconds: some come and go.
    title: 'connections: of the server, and in use by each node’s pool',
    measures: ['connections', 'pool.node-1', 'pool.node-2'],
    bound: { share: 0, amount: 3 },
  },
  {
    title: 'jobs table and its indexes, MB',
    measures: ['table', 'indexes'],
    bound: { share: 0.1, amount: 0.25 },
  },
  { title: 'dead tuples of the jobs table', measures: ['dead tuples'], bound: { share: 0.25, amount: 2_000 } },
  { title: 'jobs that are due, run or wait', measures: ['queue depth'], bound: { share: 0.25, amount: 100 } },
]
