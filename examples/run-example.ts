import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { quickly } from '../test/project.ts'

/** What an example wrote, and how it ended. */
export interface Ran {
  readonly lines: readonly string[]
  readonly code: number | null
}

/** Runs the `index.ts` beside a test, as `pnpm start` does. */
export async function runExample(test: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const program = fileURLToPath(new URL('./index.ts', test))
  const child = spawn(process.execPath, [...quickly, program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])

  return { lines: output.trimEnd().split('\n'), code }
}
