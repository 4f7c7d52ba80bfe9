import type { Attempt, Executed } from './executor.ts'
import type { ProducerTools } from './producer-tools.ts'
import { report } from './report.ts'
import { within } from './service.ts'

type Tools = Pick<ProducerTools, 'acker' | 'telemetry' | 'shutdownGracePeriod'>

/** Writes the end of an attempt, and tells of it. Calls back first, for what depends on the claim. */
export function writeEnd(executed: Executed, { acker, telemetry }: Tools, onWritten: () => void): void {
  const settled = (written: boolean) => {
    onWritten()
    report(telemetry, executed, written)
  }

  if (executed.acknowledged) settled(true)
  else acker.writeThen(executed, settled)
}

/** Waits for a function that goes on after the end of its attempt, and tells when it takes too long. */
export async function waitFor(attempt: Attempt, { telemetry, shutdownGracePeriod }: Tools): Promise<void> {
  const left = attempt.hasLeft() || (await within(shutdownGracePeriod, attempt.left))
  if (!left) telemetry.emit('job.abandoned', { job: attempt.job })
}
