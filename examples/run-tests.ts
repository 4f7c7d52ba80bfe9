import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { quickly } from '../test/project.ts'

/** What a test runner wrote, and how it ended. */
export interface TestRun {
  readonly output: string
  readonly code: number | null
}

/** Runs another test runner in the directory of a test, as `pnpm test` does there. */
export async function runTests(test: string, args: readonly string[]): Promise<TestRun> {
  const cwd = fileURLToPath(new URL('.', test))
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [...quickly, ...args], {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const [code] = await once(child, 'close')

  return { output, code }
}
