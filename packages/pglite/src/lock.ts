import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StaffaError } from '@staffa/core/plugin'

/** Ends a lock. */
export type Unlock = () => Promise<void>

/**
 * Keeps a directory to this process, or throws `DATABASE_IN_USE`: two at once would destroy each other's data.
 *
 * The lock is a local socket that nobody talks to. The system takes it away when the process ends, however it ends, so
 * that no stale lock is left behind, as a file with a process id in it would be.
 */
export async function lock(directory: string): Promise<Unlock> {
  await mkdir(directory, { recursive: true })
  const path = socketPath(await realpath(directory))
  const server = (await listen(path)) ?? ((await isStale(path)) ? await listen(path) : undefined)
  if (!server) throw inUse(directory)
  server.unref()

  return async () => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
}

/** A name outside the file system where there is such a thing. */
function socketPath(directory: string): string {
  const name = `staffa-pglite-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}`
  if (process.platform === 'linux') return `\0${name}`

  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}

/** Undefined when somebody has it already. */
async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  server.listen(path)

  return once(server, 'listening').then(
    () => server,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return undefined
      throw error
    },
  )
}

/** A socket in the file system outlives its process; nobody answers there any more. */
async function isStale(path: string): Promise<boolean> {
  if (process.platform === 'linux' || process.platform === 'win32') return false
  const socket = connect(path)
  const answered = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  if (!answered) await rm(path, { force: true })

  return !answered
}

function inUse(directory: string): StaffaError<'DATABASE_IN_USE'> {
  return new StaffaError('DATABASE_IN_USE', `expected ${directory} to be open once at a time, got a second opening`, {
    data: { directory },
  })
}
