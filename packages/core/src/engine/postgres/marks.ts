/** What Staffa itself has noted in a job's meta, and what only it may change. */
const own = `'settles', 'ended_by', 'fingerprint', 'deadline', 'snoozed', 'rescued'`

/** A new meta for a job, in SQL: it keeps what Staffa has noted, and the timeout unless the new one has another. */
export function withMarks(meta: string): string {
  return `${picked(`'timeout'`)} || ${meta} || ${picked(own)}`
}

/** The same meta, with a deadline as long after the new scheduled time as it was after the old one. */
export function withDeadlineFor(meta: string, scheduledAt: string): string {
  return `CASE WHEN jsonb_typeof(job.meta -> 'deadline') = 'number' THEN ${meta} || jsonb_build_object('deadline',
    (job.meta ->> 'deadline')::float8 + date_part('epoch', ${scheduledAt} - job.scheduled_at) * 1000) ELSE ${meta} END`
}

/** Whether a job's deadline has passed, in SQL. */
export function isExpired(present: string): string {
  return `jsonb_typeof(job.meta -> 'deadline') = 'number'
    AND (job.meta ->> 'deadline')::float8 < date_part('epoch', ${present}) * 1000`
}

function picked(keys: string): string {
  return `coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(job.meta) WHERE key IN (${keys})), '{}')`
}
