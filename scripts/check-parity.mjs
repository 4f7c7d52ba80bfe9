// Checks that every test that docs/oban-parity.md names exists, and that what has none says why.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { inspectParity } from './parity/inspect.mjs'
import { readRows } from './parity/rows.mjs'

const root = resolve(process.argv[2] ?? resolve(import.meta.dirname, '..'))
const read = (path) => (existsSync(resolve(root, path)) ? readFileSync(resolve(root, path), 'utf8') : undefined)
const page = { path: 'docs/oban-parity.md', text: read('docs/oban-parity.md') ?? '' }
const complaints = inspectParity(page, read)

for (const complaint of complaints) console.error(complaint)
console.log(`parity: ${readRows(page.text).length} rows, ${complaints.length} complaints`)
process.exitCode = complaints.length > 0 ? 1 : 0
