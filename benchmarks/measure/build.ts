import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds our packages, those that have changed, as they are for publishing. */
export function build(): void {
  const flags = ['run', 'build', '--filter=@staffa/benchmarks^...', '--output-logs=errors-only']
  const { status, stderr } = spawnSync(`${root}node_modules/.bin/turbo`, flags, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`expected our packages to build (or --source), got: ${stderr}`)
}

/** What lets a process load them. */
export const published: readonly string[] = ['--import', new URL('./published.ts', import.meta.url).href]
