import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

/** What the server has spent since the meter was started. */
export interface Spent {
  /** Seconds of CPU of all processes of the server; undefined where the system does not tell. */
  readonly cpu: number | undefined
  /** Bytes of write-ahead log. */
  readonly wal: number
}

/** Linux counts time in ticks of 10 ms. */
const ticksPerSecond = 100

/** Reads the server's meters: its processes' time from /proc, its log from itself. */
export class Meter {
  readonly #client: pg.Client
  #postmaster: number | undefined

  constructor(url: string) {
    this.#client = new pg.Client(url)
  }

  async open(): Promise<void> {
    await this.#client.connect()
    const { rows } = await this.#client.query('SELECT pg_backend_pid() AS pid')
    this.#postmaster = statOf(rows[0].pid)?.parent
  }

  /** Begins to measure; what is returned reads the meters. */
  async start(): Promise<() => Promise<Spent>> {
    const before = await this.#read()

    return async () => {
      const after = await this.#read()
      const cpu = before.cpu === undefined || after.cpu === undefined ? undefined : after.cpu - before.cpu

      return { cpu, wal: after.wal - before.wal }
    }
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  async #read(): Promise<Spent> {
    const { rows } = await this.#client.query(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal`)

    return { cpu: this.#postmaster && serverCpu(this.#postmaster), wal: rows[0].wal }
  }
}

/** A process that has ended left its time to the postmaster. */
function serverCpu(postmaster: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const stats = pids.flatMap((pid) => statOf(Number(pid)) ?? [])
  const own = stats.find(({ pid }) => pid === postmaster)
  const children = stats.filter(({ parent }) => parent === postmaster)
  const ticks = children.reduce((sum, { ticks }) => sum + ticks, 0) + (own ? own.ticks + own.childTicks : 0)

  return ticks / ticksPerSecond
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  readonly childTicks: number
}

/** See proc_pid_stat(5); the program's name, in brackets, may hold anything. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)

    return { pid, parent, ticks: user + system, childTicks: childUser + childSystem }
  } catch {
    return undefined // the process has ended, or this is no Linux
  }
}
