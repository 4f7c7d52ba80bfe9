import { readFileSync } from 'node:fs'
import type { Queryable } from '../../src/engine/database.ts'
import { quoted } from '../../src/engine/names.ts'
import { runScript } from '../script.ts'

/** What real programs have written: see the guide on sharing a database with Oban. */
function read(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}

function lines<T>(name: string): readonly T[] {
  return read(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** A row of `oban_jobs` as the server wrote it in JSON, and the program that made it. */
export interface FoundRow {
  readonly source: string
  /** As text: numbers in it may be larger than JavaScript can hold. */
  readonly row: string
}

export interface FoundNotice {
  readonly source: string
  readonly channel: string
  readonly payload: string
}

export const foundRows = lines<FoundRow>('rows.jsonl')
export const foundNotices = lines<FoundNotice>('notices.jsonl')

/** Makes the tables that a program made, as its dump says, in a schema of that name. */
export async function restore(
  on: Queryable,
  dump: 'oban-v14-schema' | 'oban-py-schema',
  prefix: string,
): Promise<void> {
  const script = read(`${dump}.sql`)
    .split('\n')
    .filter((line) => !/^(SET |SELECT pg_catalog\.set_config)/.test(line))
    .join('\n')
  await runScript(on, `CREATE SCHEMA ${quoted(prefix)};\n${script.replaceAll('public.', `${quoted(prefix)}.`)}`)
}
