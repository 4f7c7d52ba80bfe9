import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { quickly } from '../../../../test/project.ts'
import { instance, timed } from '../../test/behaviour/kit.ts'

const program = fileURLToPath(new URL('../../test/programs/ends.ts', import.meta.url))
const everything = [
  'only makes an instance',
  'works and stops',
  'inserts and stops',
  'listens and stops',
  'fails to start and stops',
  'stops with a job that does not',
]

interface End {
  readonly code: number | null
  readonly output: string
  /** Milliseconds from the last that the program had to do to the end of its process. */
  readonly lingered: number
}

/** Runs the program until it ends, by itself or after a while by force. */
async function run(what: string, url: string, prefix: string): Promise<End> {
  const child = spawn(process.execPath, [...quickly, program, what, url, prefix], { stdio: ['ignore', 'pipe', 'pipe'] })
  const impatient = setTimeout(() => child.kill('SIGKILL'), 60_000)
  onTestFinished(() => clearTimeout(impatient))
  let output = ''
  let done = Number.NaN
  const hear = (chunk: Buffer) => {
    output += chunk
    if (output.includes(': done\n')) done = performance.now()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code] = await once(child, 'close')

  return { code, output, lingered: performance.now() - done }
}

describe('a program ends by itself when it', { timeout: 90_000 }, () => {
  test.each(everything)('%s (PostgreSQL)', timed, async (what) => {
    const { prefix } = await instance({ database: inject('databaseUrl') })
    const { code, output, lingered } = await run(what, inject('databaseUrl'), prefix)

    expect(output).toContain(`${what}: done\n`)
    expect(output).not.toContain('unhandled')
    expect(code).toBe(0)
    // Less than any timer or idle connection of ours would take to come to its end.
    expect(lingered).toBeLessThan(4_000)
  })

  test('works and stops (PGlite)', async () => {
    const { code, output } = await run('works and stops', 'pglite', 'public')

    expect(output).toContain('works and stops: done\n')
    expect(code).toBe(0)
  })
})
