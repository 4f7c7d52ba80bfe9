import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa } from '@staffa/core'
import pg from 'pg'
import { measure } from './gauges.ts'
import { type Done, load } from './load.ts'
import { type NodeProcess, startNode } from './node-process.ts'
import type { NodeReport } from './protocol.ts'
import type { Sample } from './sample.ts'

export interface SoakOptions {
  readonly url: string
  /** How long to go on, in milliseconds. */
  readonly duration: number
  /** Called with what was measured. */
  readonly onSample?: ((sample: Sample) => void) | undefined
}

/** What a run has led to. */
export interface Soaked {
  readonly samples: readonly Sample[]
  readonly done: Done
  readonly reports: readonly NodeReport[]
  /** Jobs that have not ended though nothing was inserted any more. */
  readonly left: number
}

/** Milliseconds between two measurements. */
const every = 2_000

/** How long the last jobs may take to end, in milliseconds. */
const patience = 30_000

/** Keeps two nodes busy on one database for a while, and measures all the time. */
export async function soak({ url, duration, onSample }: SoakOptions): Promise<Soaked> {
  await using staffa = new Staffa({ database: url, node: 'driver', leader: false, stager: false })
  await staffa.migrate()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const nodes = [await startNode({ url, node: 'node-1' }), await startNode({ url, node: 'node-2' })]
  const end = new AbortController()
  const loading = load(staffa, end.signal)
  const samples = await watch({ client, nodes, duration, onSample, broken: loading })
  end.abort()
  const done = await loading
  const left = await settle(staffa)
  const { reports } = await measure(client, nodes, 0)
  await Promise.all(nodes.map((node) => node.stop()))
  await client.end()

  return { samples, done, reports, left }
}

interface Watch extends Pick<SoakOptions, 'duration' | 'onSample'> {
  readonly client: pg.Client
  readonly nodes: readonly NodeProcess[]
  /** Rejects when there is nothing to watch any more. */
  readonly broken: Promise<unknown>
}

async function watch({ client, nodes, duration, onSample, broken }: Watch): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const began = performance.now()
  while (performance.now() - began < duration) {
    const { sample } = await measure(client, nodes, began)
    samples.push(sample)
    onSample?.(sample)
    await Promise.race([sleep(every), broken])
  }

  return samples
}

/** Waits for the last jobs to end; tells how many have not. */
async function settle(staffa: Staffa): Promise<number> {
  const state = ['available', 'executing', 'scheduled', 'retryable'] as const
  const until = performance.now() + patience
  for (;;) {
    const left = await staffa.jobs.count({ state })
    if (left === 0 || performance.now() > until) return left
    await sleep(500)
  }
}
