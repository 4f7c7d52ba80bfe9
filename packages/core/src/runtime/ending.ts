import type { Attempt, Executed } from './executor.ts'
import type { ProducerTools } from './producer-tools.ts'
import { report } from './report.ts'
import { within } from './service.ts'

type Tools = Pick<ProducerTools, 'acker' | 'telemetry' | 'shutdownGracePeriod'>

/** Writes the end of an attempt, and tells of it; never rejects. Calls back first, for what depends on the claim. */
export function writeEnd(executed: Executed, { acker, telemetry }: Tools, onWritten: () => void): Promise<void> {
  const { job, ack } = executed
  const writing = executed.acknowledged ? Promise.resolve(true) : acker.write({ ack, job })
  const settled = (written: boolean) => {
    onWritten()
    report(telemetry, executed, written)
  }

  return writing.then(settled, () => settled(false))
}

/** Waits for a function that goes on after the end of its attempt, and tells when it takes too long. */
export async function waitFor(attempt: Attempt, { telemetry, shutdownGracePeriod }: Tools): Promise<void> {
  const left = attempt.hasLeft() || (await within(shutdownGracePeriod, attempt.left))
  if (!left) telemetry.emit('job.abandoned', { job: attempt.job })
}
