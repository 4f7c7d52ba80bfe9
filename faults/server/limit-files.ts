import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Lets a process and its children write no file beyond so many bytes, or any again. The kernel refuses what lies beyond
 * as it does when the disk is full; unlike a small file system this needs no rights. The soft limit alone is lowered,
 * since whoever is not root could not raise the hard one again.
 */
export async function limitFiles(pid: number, bytes: number | undefined): Promise<void> {
  const limit = `--fsize=${bytes ?? 'unlimited'}:unlimited`
  const tree = [pid, ...(await childrenOf(pid))]
  // A child that has ended meanwhile needs no limit.
  for (const each of tree) await run('prlimit', ['--pid', String(each), limit]).catch(() => {})
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
