import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Staffa } from '../../src/index.ts'
import type { NodeOrder, NodeReport } from './protocol.ts'

/** A node in a process of its own, seen from the test. */
export class NodeProcess {
  readonly name: string
  readonly reports: NodeReport[] = []
  readonly #child: ChildProcess

  constructor(order: NodeOrder) {
    this.name = order.node
    this.#child = fork(fileURLToPath(new URL('./node-process.ts', import.meta.url)), { stdio: 'inherit' })
    this.#child.on('message', (report: NodeReport) => this.reports.push(report))
    this.#child.send(order)
  }

  /** Whether it leads, by its own last word. */
  get leads(): boolean {
    const last = this.reports.findLast((report) => report.kind === 'leader')

    return last?.leader ?? false
  }

  /** The most jobs that it has run at once. */
  get busiest(): number {
    return Math.max(0, ...this.reports.map((report) => (report.kind === 'start' ? report.running : 0)))
  }

  async until(fits: (report: NodeReport) => boolean): Promise<void> {
    while (!this.reports.some(fits)) await once(this.#child, 'message')
  }

  /** Asks until the answer is as wanted. */
  async untilPaused(paused: boolean): Promise<void> {
    for (let said: boolean | undefined; said !== paused; ) {
      this.#child.send('check')
      const [report] = (await once(this.#child, 'message')) as [NodeReport]
      if (report.kind === 'paused') said = report.paused
    }
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.send('stop')
    await gone
  }
}

/** A schema of its own, with a ledger of what jobs did, and nodes in processes of their own. */
export class Cluster implements AsyncDisposable {
  readonly prefix: string
  readonly pool: pg.Pool
  /** An instance that only inserts and commands. */
  readonly staffa: Staffa
  readonly nodes: NodeProcess[] = []
  readonly #url: string

  constructor(url: string, prefix: string) {
    this.#url = url
    this.prefix = prefix
    this.pool = new pg.Pool({ connectionString: url, max: 3 })
    this.staffa = new Staffa({ database: this.pool, prefix, node: 'test' })
  }

  async create(): Promise<void> {
    await this.staffa.migrate()
    await this.pool.query(`CREATE TABLE "${this.prefix}".ledger (job bigint, node text, attempt int)`)
  }

  async add(count: number, order: Pick<NodeOrder, 'limit' | 'work' | 'lease'>): Promise<readonly NodeProcess[]> {
    const offset = this.nodes.length
    const names = Array.from({ length: count }, (_, index) => `node-${offset + index}`)
    const added = names.map((node) => new NodeProcess({ ...order, node, url: this.#url, prefix: this.prefix }))
    this.nodes.push(...added)
    await Promise.all(added.map((node) => node.until(({ kind }) => kind === 'ready')))

    return added
  }

  /** Reads what jobs wrote: for each job, by whom and how often it was run. */
  async ledger(): Promise<ReadonlyMap<number, readonly string[]>> {
    const { rows } = await this.pool.query(
      `SELECT job, array_agg(node) AS nodes FROM "${this.prefix}".ledger GROUP BY job`,
    )

    return new Map(rows.map(({ job, nodes }) => [Number(job), nodes as string[]]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
    await this.staffa.stop()
    await this.pool.query(`DROP SCHEMA "${this.prefix}" CASCADE`)
    await this.pool.end()
  }
}
