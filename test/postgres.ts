import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A PostgreSQL server of one's own, gone when it is stopped or when the program that started it ends in any way. */
export interface TestServer {
  readonly url: string
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Server settings, such as `{ fsync: 'on' }`; laid over ones that suit tests, which care more for speed than for power cuts. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

/** Starts a PostgreSQL server from the package registry's binaries, on a free port and with a temporary data directory. */
export async function startPostgres({ settings = {} }: PostgresOptions = {}): Promise<TestServer> {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./postgres/keeper.ts', import.meta.url))], {
    cwd: '/',
    // A session of its own: Ctrl-C must reach the tests alone, which then end, and the keeper sees that.
    detached: true,
    stdio: 'pipe',
  })
  keeper.stdin.write(`${JSON.stringify(settings)}\n`)
  const url = await firstLine(keeper)
  release(keeper)

  return { url, stop: () => stop(keeper) }
}

async function firstLine(keeper: ChildProcess): Promise<string> {
  const output = { stdout: '', stderr: '' }
  keeper.stderr?.on('data', (chunk) => {
    output.stderr += chunk
  })

  return new Promise((resolve, reject) => {
    keeper.stdout?.on('data', (chunk) => {
      output.stdout += chunk
      if (output.stdout.includes('\n')) resolve(output.stdout.trim())
    })
    keeper.once('error', reject)
    keeper.once('close', () => reject(new Error(`expected PostgreSQL to start, got: ${output.stderr.trim()}`)))
  })
}

/** Lets the program end without a word to its keeper. */
function release(keeper: ChildProcess): void {
  keeper.unref()
  for (const pipe of keeper.stdio) if (pipe instanceof Socket) pipe.unref()
}

async function stop(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return
  const exited = once(keeper, 'exit')
  keeper.ref()
  keeper.stdin?.end()
  await exited
}
