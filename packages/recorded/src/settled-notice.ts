import type { Client, SettledJob, Transaction } from '@staffa/core/plugin'

/** Where it is said that jobs have ended. */
export const channel = 'recorded'

/** How long the list of ids in one notice may be: PostgreSQL sends at most 8,000 bytes. */
const longestList = 7_500

/** Says which jobs have ended, when the transaction that ended them commits. */
export async function announce(
  settled: readonly SettledJob[],
  transaction: Transaction,
  staffa: Client,
): Promise<void> {
  const ids = settled.map(({ job }) => job.id)
  const longest = ids.reduce((most, id) => Math.max(most, String(id).length), 0)
  const named = Math.floor(longestList / (longest + 1))
  for (let start = 0; start < ids.length; start += named) {
    await staffa.notify(channel, { ids: ids.slice(start, start + named) }, { transaction })
  }
}

/** Whether a notice is about this job. */
export function concerns(notice: Readonly<Record<string, unknown>>, id: number): boolean {
  return Array.isArray(notice.ids) && notice.ids.includes(id)
}
