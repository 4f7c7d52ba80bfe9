import { type Job, type NewJob, onTelemetry, Staffa, type StaffaOptions, type TelemetryName } from '@staffa/core'

/** An instance that works the default queue, migrated and started. */
export async function started(options: Omit<StaffaOptions, 'queues'>): Promise<Staffa> {
  const staffa = new Staffa({ queues: { default: 5 }, ...options })
  await staffa.migrate()
  await staffa.start()

  return staffa
}

/** Inserts a job and waits until an attempt at it has ended: the job as it is then. */
export async function attempted(staffa: Staffa, job: NewJob): Promise<Job> {
  const ended = new Map<number, () => void>()
  const over = new Set<number>()
  const end = ({ job }: { readonly job: Job }) => {
    over.add(job.id)
    ended.get(job.id)?.()
  }
  const names: readonly TelemetryName[] = ['job.stop', 'job.exception', 'job.late']
  const stops = names.map((name) => onTelemetry(name, end as never))

  try {
    const { id } = await staffa.insert(job)
    if (!over.has(id)) await new Promise<void>((resolve) => ended.set(id, resolve))

    return (await staffa.jobs.get(id)) as Job
  } finally {
    for (const stop of stops) stop()
  }
}
