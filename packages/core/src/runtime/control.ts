import type { Notice } from '../engine/notice.ts'
import { StaffaError } from '../support/errors.ts'
import type { Producers } from './producers.ts'
import type { QueueOptions } from './queue.ts'

/** What may be asked of queues, on any node. */
export type Command =
  | { readonly action: 'pause' | 'resume' | 'stop'; readonly queue: string }
  | { readonly action: 'scale' | 'start'; readonly queue: string; readonly limit: number; readonly paused?: boolean }
  | { readonly action: 'pkill'; readonly job_id: number }

/** Every queue, in a command. */
export const everyQueue = '*'

/** Reads a command that came as a notice; undefined when it makes no sense, since anybody may send notices. */
export function toCommand(notice: Notice): Command | undefined {
  const { action, queue, limit, paused, job_id: id } = notice
  if (action === 'pkill') return isCount(id) ? { action, job_id: id } : undefined
  if (typeof queue !== 'string' || queue === '') return undefined
  if (action === 'pause' || action === 'resume' || action === 'stop') return { action, queue }
  if ((action !== 'scale' && action !== 'start') || !isCount(limit)) return undefined

  return { action, queue, limit, ...(typeof paused === 'boolean' && { paused }) }
}

/** Carries a command out on this node. One for a queue that is not worked here does nothing. */
export async function obey(command: Command, producers: Producers, options: QueueOptions): Promise<void> {
  switch (command.action) {
    case 'pkill':
      producers.abort(command.job_id, new StaffaError('CANCELLED', `job ${command.job_id} was cancelled`))
      break
    case 'start':
      producers.open(command.queue, { ...options, limit: command.limit, paused: command.paused ?? false })
      break
    case 'stop':
      await producers.close(command.queue)
      break
    default:
      await Promise.all(chosen(command.queue, producers).map((producer) => producer.change(changeOf(command))))
  }
}

function chosen(queue: string, producers: Producers) {
  return [...producers].filter((producer) => queue === everyQueue || producer.queue === queue)
}

function changeOf(command: Command): Partial<QueueOptions> {
  if (command.action === 'scale') {
    return { limit: command.limit, ...(command.paused !== undefined && { paused: command.paused }) }
  }

  return { paused: command.action === 'pause' }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
