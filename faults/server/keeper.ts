// Keeps one PostgreSQL cluster for the program that forked it: starts and stops its server as told, and removes
// everything when that program ends in any way.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverAccount, temporaryRoot } from '../../test/postgres/account.ts'
import { binaries } from '../../test/postgres/binaries.ts'
import { limitFiles } from './limit-files.ts'
import type { Answer, Command, Order } from './protocol.ts'

/** How PostgreSQL's own signals are called. */
const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const

const account = serverAccount()
const home = await mkdtemp(join(temporaryRoot(), 'staffa-faults-'))
const data = join(home, 'data')
const password = randomBytes(12).toString('hex')
const programs = binaries(home, account)
const port = await freePort()
let server: ChildProcess | undefined
let gone: Promise<unknown> = Promise.resolve()
let said = ''

process.on('message', async ({ id, command }: Order) => {
  const answer = await obey(command).then(
    (value): Answer => ({ id, value }),
    (error: Error): Answer => ({ id, error: error.message }),
  )
  process.send?.(answer)
})
process.once('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}) // the program's affair
process.send?.('ready')

async function obey(order: Command): Promise<string> {
  if (order.action === 'create') await create()
  if (order.action === 'start') await start()
  if (order.action === 'stop') await stop(order.how)
  if (order.action === 'fill') await limitFiles({ pid: server?.pid ?? 0, account }, order.bytes)

  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

async function create(): Promise<void> {
  const passwordFile = join(home, 'password')
  await writeFile(passwordFile, password)
  await mkdir(data, { mode: 0o700 })
  if (account) for (const path of [home, passwordFile, data]) await chown(path, account.uid, account.gid)
  const given = [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--username=postgres', '--auth=password']
  const initdb = run(programs.initdb, [...given, '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'])
  const [code] = await once(initdb, 'close')
  if (code !== 0) throw new Error(`initdb failed with code ${code}: ${said}`)
}

async function start(): Promise<void> {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    const started = run(programs.postgres, ['-D', data, ...flags()])
    gone = once(started, 'close')
    server = started
    if (await isReady(started, gone)) return
    // After a kill its children linger for a moment, and hold the memory that they shared.
    if (triesLeft === 0 || !said.includes('pre-existing shared memory')) {
      throw new Error(`the server ended while it was starting: ${said}`)
    }
    await sleep(100)
  }
}

function flags(): readonly string[] {
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '32MB',
    fsync: 'on',
    synchronous_commit: 'on',
    autovacuum_naptime: '5s',
  }

  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function stop(how: keyof typeof signals): Promise<void> {
  server?.kill(signals[how])
  await gone
  server = undefined
}

async function end(): Promise<void> {
  await stop('immediate')
  await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => {})
  process.exit()
}

function run(program: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C', TZ: 'UTC' }
  // A session of its own: Ctrl-C in a terminal is not for the server.
  const options = { ...account, cwd: home, env, detached: true }
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-4000)
  })

  return child
}

async function isReady(starting: ChildProcess, ended: Promise<unknown>): Promise<boolean> {
  const ready = new Promise<boolean>((resolve) => {
    starting.stderr?.on('data', () => {
      if (said.includes('ready to accept connections')) resolve(true)
    })
  })

  return Promise.race([ready, ended.then(() => false)])
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('expected a port, got none')

  return address.port
}
