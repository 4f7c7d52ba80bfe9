import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Account } from '../../test/postgres/account.ts'

const run = promisify(execFile)

export interface Limited {
  readonly pid: number
  /** Whom it runs as, if not as this process. */
  readonly account: Account | undefined
}

/**
 * Lets a process and its children write no file beyond so many bytes, or any again. The kernel refuses what lies beyond
 * as it does when the disk is full; unlike a small file system this needs no rights. The soft limit alone is lowered,
 * since it could not be raised again, and by the account that the server runs as, which needs no leave to do so.
 */
export async function limitFiles({ pid, account }: Limited, bytes: number | undefined): Promise<void> {
  const limit = `--fsize=${bytes ?? 'unlimited'}:unlimited`
  const prlimit = (each: number) => run('prlimit', ['--pid', String(each), limit], { ...account, cwd: '/' })
  await prlimit(pid)
  // A child that has ended meanwhile needs no limit.
  for (const child of await childrenOf(pid)) await prlimit(child).catch(() => {})
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(pids.map(parentOf))

  return pids.filter((_, index) => parents[index] === pid)
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')

  return stat ? Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) : undefined
}
