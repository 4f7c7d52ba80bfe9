// Keeps one PostgreSQL server for the program at the other end of stdin, and removes it when that end closes. A program
// that is killed closes it too, so nothing is left behind.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryRoot } from './account.ts'
import { startServer } from './server.ts'

async function keep(settings: Record<string, string>, ended: Promise<unknown>): Promise<void> {
  const home = await mkdtemp(join(temporaryRoot(), 'staffa-postgres-'))
  try {
    const server = await startServer(home, settings)
    process.stdout.write(`${server.url}\n`)
    await Promise.race([ended, server.exited])
    await server.stop()
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })
  const ended = new Promise<void>((resolve) => {
    input.once('close', resolve)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  const settings = await new Promise<string>((resolve) => input.once('line', resolve))
  await keep(JSON.parse(settings), ended)
}

// Whoever started the keeper may be gone, and the pipe with it.
process.stdout.on('error', () => {})

main()
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  })
  .finally(() => process.exit())
