import type { Client, SettledJob, Transaction } from '@staffa/core/plugin'

/** Where it is said that jobs have ended. */
export const channel = 'recorded'

/** How many jobs one notice names: PostgreSQL sends at most 8,000 bytes. */
const mostNamed = 200

/** Says which jobs have ended, when the transaction that ended them commits. */
export async function announce(
  settled: readonly SettledJob[],
  transaction: Transaction,
  staffa: Client,
): Promise<void> {
  const ids = settled.map(({ job }) => job.id)
  for (let start = 0; start < ids.length; start += mostNamed) {
    await staffa.notify(channel, { ids: ids.slice(start, start + mostNamed) }, { transaction })
  }
}

/** Whether a notice is about this job. */
export function concerns(notice: Readonly<Record<string, unknown>>, id: number): boolean {
  return Array.isArray(notice.ids) && notice.ids.includes(id)
}
