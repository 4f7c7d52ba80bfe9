import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cancel, worker } from '@staffa/core'
import { count } from './count.ts'
import { listFiles, root } from './files.ts'
import { keepResult } from './keep-result.ts'

/** The main job: reads one file and counts. It lingers, as if it had somebody far away to ask. */
export const countFile = worker({ name: 'count-file', queue: 'files' })
  .typed<{ path: string; linger: number }>()
  .use(keepResult)
  .process(async ({ args, signal }) => {
    await sleep(args.linger, undefined, { signal })
    const text = await readFile(join(root, args.path), 'utf8').catch(() => undefined)

    return text === undefined ? cancel('the file is gone') : count(args.path, text)
  })

/** A flaky one: it fails twice, and is retried after half a second, not after the usual quarter of a minute. */
export const knock = worker({ name: 'knock', backoff: () => ({ milliseconds: 500 }) })
  .use(keepResult)
  .process(({ job }) => {
    if (job.attempt < 3) throw new Error('nobody is at home')

    return { knocks: job.attempt }
  })

/** A scheduled one: it tells how late it began. */
export const lookAtClock = worker({ name: 'look-at-clock' })
  .use(keepResult)
  .process(({ job }) => ({ late: Number(job.attemptedAt) - job.scheduledAt.getTime() }))

/** A unique one: however often it is inserted in a round, it is stored and run once. */
export const findLongest = worker({
  name: 'find-longest',
  unique: { fields: ['worker', 'meta'], keys: ['round'], states: 'all', period: 'infinity' },
})
  .use(keepResult)
  .process(async () => {
    const files = (await listFiles()).map(async (path) => ({ path, lines: count(path, await readText(path)).lines }))
    const byLength = (await Promise.all(files)).sort((one, other) => other.lines - one.lines)

    return byLength[0] ?? cancel('there are no files')
  })

function readText(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8').catch(() => '')
}
