import type { Worker } from '@staffa/core'
import { expected, StaffaError } from '@staffa/core/plugin'
import { type Checked, type CronEntry, checkEntry, checkFlag, type Defaults } from './entry.ts'

/** An entry of the code. */
export type CodeEntry<W extends Worker | string = Worker | string> = CronEntry<W> & {
  /** Whether to delete the entry where it is stored, rather than store it. Defaults to false. */
  readonly delete?: boolean | undefined
}

/** The entries of the code, each typed by its own worker. */
export type CodeEntries<Workers extends readonly (Worker | string)[]> = readonly [
  ...{ readonly [Index in keyof Workers]: CodeEntry<Workers[Index]> },
]

/** The entries of the code, checked. */
export interface Code {
  readonly kept: readonly Checked[]
  /** The names of those that are to go. */
  readonly deleted: readonly string[]
}

/** Checks every entry, and that no two have the same name. */
export function checkCode(entries: readonly CodeEntry[], defaults: Defaults): Code {
  if (!Array.isArray(entries)) throw expected('the entries of cron()', 'a list', entries)
  const all = (entries as readonly CodeEntry[]).map((given) => {
    if (typeof given !== 'object' || given === null) throw expected('a cron entry', 'an object', given)
    const { delete: gone = false, ...entry } = given

    return { gone: checkFlag(gone, 'delete'), entry: checkEntry(entry as CronEntry, defaults) }
  })
  const names = all.map(({ entry }) => entry.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw duplicate(twice)

  return {
    kept: all.filter(({ gone }) => !gone).map(({ entry }) => entry),
    deleted: all.filter(({ gone }) => gone).map(({ entry }) => entry.name),
  }
}

function duplicate(name: string): StaffaError<'DUPLICATE_CRON'> {
  const message = `expected the names of cron entries to differ, got two of ${JSON.stringify(name)}: give one of them a name`

  return new StaffaError('DUPLICATE_CRON', message, { data: { name } })
}
