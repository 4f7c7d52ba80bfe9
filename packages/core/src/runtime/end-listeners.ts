import type { Job } from '../job/job.ts'
import type { Client } from '../layers/client.ts'
import type { AttemptEnd, EndListener } from '../layers/plugin.ts'
import { telemetry } from '../support/telemetry.ts'

/** Those who want to be told of the end of one attempt. */
export interface EndListeners {
  readonly onEnd: (listener: EndListener) => void
  /** Tells all of them, the last one first; resolves when all have resolved, and never rejects. */
  tell(end: AttemptEnd): Promise<void>
}

/** Makes the list of one attempt. Whoever comes after the end is told at once. */
export function endListeners({ worker }: Job, { name, node }: Client): EndListeners {
  const listeners: EndListener[] = []
  let ended: AttemptEnd | undefined

  async function call(listener: EndListener, end: AttemptEnd): Promise<void> {
    try {
      await listener(end)
    } catch (error) {
      telemetry({ instance: name, node }).emit('failure', { where: `end of ${worker}`, error })
    }
  }

  return {
    onEnd: (listener) => {
      if (ended) void call(listener, ended)
      else listeners.push(listener)
    },

    tell: async (end) => {
      ended = Object.freeze(end)
      for (const listener of listeners.toReversed()) await call(listener, end)
    },
  }
}
