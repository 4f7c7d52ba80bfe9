import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Account, serverAccount } from './account.ts'
import { type Binaries, binaries } from './binaries.ts'

export interface Server {
  readonly url: string
  readonly exited: Promise<unknown>
  stop(): Promise<void>
}

interface Place {
  readonly home: string
  readonly data: string
  readonly password: string
  readonly account: Account | undefined
  readonly programs: Binaries
}

/** Nobody needs the data after a crash of the machine, and many test files connect at once. */
const testSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
}

/** Makes a cluster in `home` and starts its server. */
export async function startServer(home: string, settings: Record<string, string>): Promise<Server> {
  const account = serverAccount()
  if (account) await chown(home, account.uid, account.gid)
  const place: Place = {
    home,
    account,
    data: join(home, 'data'),
    password: randomBytes(12).toString('hex'),
    programs: binaries(home, account),
  }
  await initialise(place)

  return listen(place, { ...testSettings, ...settings })
}

async function initialise(place: Place): Promise<void> {
  const passwordFile = join(place.home, 'password')
  await writeFile(passwordFile, place.password)
  if (place.account) await chown(passwordFile, place.account.uid, place.account.gid)
  await mkdir(place.data, { mode: 0o700 })
  if (place.account) await chown(place.data, place.account.uid, place.account.gid)

  const flags = ['--encoding=UTF8', '--locale=C', '--no-sync', '--auth=password', '--username=postgres']
  const initdb = run(place, place.programs.initdb, [`--pgdata=${place.data}`, `--pwfile=${passwordFile}`, ...flags])
  const said = listenTo(initdb)
  const [code] = await once(initdb, 'close')
  if (code !== 0) throw new Error(`initdb failed with code ${code}: ${said()}`)
}

async function listen(place: Place, settings: Record<string, string>, triesLeft = 3): Promise<Server> {
  const port = await freePort()
  const flags = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const postgres = run(place, place.programs.postgres, ['-D', place.data, ...flags])
  const said = listenTo(postgres)
  const exited = once(postgres, 'close')

  if (!(await isReady(postgres, exited))) {
    // Another program may have taken the port in the meantime.
    if (triesLeft > 1 && said().includes('could not bind')) return listen(place, settings, triesLeft - 1)
    throw new Error(`the server ended while it was starting: ${said()}`)
  }

  return {
    url: `postgres://postgres:${place.password}@127.0.0.1:${port}/postgres`,
    exited,
    stop: () => stop(postgres, exited),
  }
}

function run({ home, account }: Place, program: string, args: string[]): ChildProcess {
  // Nothing of the caller's PG… variables or locale gets in. The caller's directory may be closed to the account.
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C', TZ: 'UTC', SystemRoot: process.env.SystemRoot }

  return spawn(program, args, { ...account, cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Collects the last of what a program says, so that it can be shown when the program fails. */
function listenTo(program: ChildProcess): () => string {
  let said = ''
  const hear = (chunk: Buffer) => {
    said = (said + chunk).slice(-4000)
  }
  program.stdout?.on('data', hear)
  program.stderr?.on('data', hear)

  return () => said.trim()
}

async function isReady(postgres: ChildProcess, exited: Promise<unknown>): Promise<boolean> {
  const ready = new Promise<boolean>((resolve) => {
    postgres.stderr?.on('data', (chunk) => {
      if (String(chunk).includes('ready to accept connections')) resolve(true)
    })
  })

  return Promise.race([ready, exited.then(() => false)])
}

async function stop(postgres: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (postgres.exitCode !== null || postgres.signalCode !== null) return
  // PostgreSQL's fast shutdown: it does not wait for clients.
  postgres.kill('SIGINT')
  const impatient = setTimeout(() => postgres.kill('SIGKILL'), 10_000)
  await exited
  clearTimeout(impatient)
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
