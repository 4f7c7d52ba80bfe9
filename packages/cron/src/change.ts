import type { Worker } from '@staffa/core'
import { type JsonObject, rejectUnknown, StaffaError } from '@staffa/core/plugin'
import { draftOf } from './draft.ts'
import { type Checked, type CronEntry, type CronSettings, checkEntry, type Defaults, entryNames } from './entry.ts'
import { type Making, unknownWorker } from './job-of.ts'
import type { Draft } from './store.ts'
import { type Row, type StoredOptions, toOptions } from './stored.ts'

/** What to change of an entry; what is left out stays as it is. */
export interface CronChanges extends Partial<Omit<CronSettings, 'name'>> {
  readonly worker?: Worker | string | undefined
  readonly args?: JsonObject | undefined
}

/** What changes are made with. */
export interface Changing extends Making {
  readonly defaults: Defaults
}

const changeable = entryNames.filter((name) => name !== 'name')
const rules: readonly string[] = ['expression', 'timezone', 'guaranteed', 'paused', 'dst']

/** Gives what a row becomes. When jobs are to differ, its worker must be known, and its layers are asked again. */
export async function changed(row: Row, changes: CronChanges, changing: Changing): Promise<Omit<Draft, 'synced'>> {
  rejectUnknown('changes of a cron entry', changes, changeable)
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const inRules = Object.keys(said).every((name) => rules.includes(name))

  return inRules ? withRules(row, said, changing.defaults) : anew(row, said, changing)
}

/** The job stays what it is: only when there is one changes. */
function withRules(row: Row, said: CronChanges, defaults: Defaults): Omit<Draft, 'synced'> {
  const entry = { ...rulesOf(row), ...said, name: row.name, worker: row.worker } as CronEntry
  const { name, expression, timezone, guaranteed, dst, paused }: Checked = checkEntry(entry, defaults)
  const opts: StoredOptions = { ...row.opts, timezone, guaranteed, dst }

  return { name, expression, worker: row.worker, opts, paused }
}

async function anew(
  row: Row,
  said: CronChanges,
  { use, workerCalled, defaults }: Changing,
): Promise<Omit<Draft, 'synced'>> {
  const { opts, name } = row
  if (opts.sealed && said.args === undefined) throw unreadable(name)
  const worker = said.worker ?? workerCalled(row.worker) ?? (opts.foreign ? row.worker : undefined)
  if (worker === undefined) throw unknownWorker(row)
  const entry = { ...rulesOf(row), ...(!opts.sealed && toOptions(opts)), args: opts.args, ...said, name, worker }

  return draftOf(checkEntry(entry as CronEntry, defaults), use)
}

function rulesOf({ expression, opts: { timezone, guaranteed, dst } }: Row): Omit<CronSettings, 'name'> {
  return { expression, timezone, guaranteed, dst }
}

function unreadable(name: string): StaffaError<'INVALID_ARGS'> {
  const message = `expected the args of the cron entry ${JSON.stringify(name)} to be given with its options: those stored are sealed`

  return new StaffaError('INVALID_ARGS', message, { data: { name } })
}
