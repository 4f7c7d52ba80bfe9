import { StaffaError } from '../../support/errors.ts'

/** A driver's client, as far as it leads to the socket. */
export interface Line {
  readonly connection?: { readonly stream?: object | undefined } | undefined
}

interface Socket {
  setTimeout(milliseconds: number): unknown
  on(event: 'timeout', listener: () => void): unknown
  destroy(error: Error): unknown
}

/** What waits for an answer on a line, and how long the line may be silent meanwhile, in milliseconds. */
interface Watch {
  waiting: number
  timeout: number
}

const watches = new WeakMap<Socket, Watch>()

/**
 * Asks something that is answered in a moment. A line that is silent for longer is cut: what waits on it is told, and
 * nobody is given it again.
 *
 * The socket's own timer serves all that is asked. The driver would start one for each statement, and what that refers to
 * keeps rows alive for long. Where the socket is out of reach it has to.
 */
export async function inTime<T>(line: Line, timeout: number, ask: (limit: object) => Promise<T>): Promise<T> {
  const stream = line.connection?.stream as Socket | undefined
  if (!stream?.setTimeout) return ask({ query_timeout: timeout })
  const watch = watchOf(stream, timeout)
  watch.waiting += 1

  try {
    return await ask({})
  } finally {
    watch.waiting -= 1
  }
}

/** Lines may be shared by instances: the shortest time counts. */
function watchOf(stream: Socket, timeout: number): Watch {
  const watch = watches.get(stream) ?? begin(stream)
  if (timeout < watch.timeout) {
    watch.timeout = timeout
    stream.setTimeout(timeout)
  }

  return watch
}

function begin(stream: Socket): Watch {
  const watch = { waiting: 0, timeout: Number.POSITIVE_INFINITY }
  watches.set(stream, watch)
  stream.on('timeout', () => {
    if (watch.waiting > 0) stream.destroy(silence(watch.timeout))
  })

  return watch
}

function silence(timeout: number): StaffaError {
  return new StaffaError('DATABASE_FAILED', `expected an answer within ${timeout} ms, got a timeout`)
}

/** Whether a statement has failed since it got no answer. In the driver's own words where it keeps the time: it has no code for that. */
export function isSilence(error: Error): boolean {
  return (error instanceof StaffaError && error.code === 'DATABASE_FAILED') || error.message === 'Query read timeout'
}
