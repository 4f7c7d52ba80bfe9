import type { Queryable } from '../src/engine/database.ts'

/** Runs a script, statement by statement, as a tool does that knows comments and dollar quotes. */
export async function runScript(on: Queryable, script: string): Promise<void> {
  for (const text of statementsOf(script)) await on.query({ name: '', text }, [])
}

/** The statements of a script. Each begins on a line of its own. */
export function statementsOf(script: string): readonly string[] {
  const statements: string[] = []
  let open: string[] = []
  for (const line of script.split('\n')) {
    if (open.length === 0 && /^(--|\s*$)/.test(line)) continue
    open.push(line)
    const text = open.join('\n')
    const isQuoted = (text.match(/\$\w*\$/g) ?? []).length % 2 === 1
    if (!line.endsWith(';') || isQuoted) continue
    statements.push(text)
    open = []
  }

  return statements
}
