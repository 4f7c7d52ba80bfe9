// Compiles every TypeScript block of the pages: the README, docs/, and the README of every package.
import { resolve } from 'node:path'
import { compile } from './docs/compile.mjs'
import { extract } from './docs/extract.mjs'
import { isDocumentation } from './docs/pages.mjs'
import { readPages } from './house/sources.mjs'

const root = resolve(import.meta.dirname, '..')
const pages = readPages(process.argv[2] ?? root)
  .filter(isDocumentation)
  .map(extract)
const blocks = pages.reduce((sum, page) => sum + page.blocks, 0)
const complaints = [...pages.flatMap((page) => page.complaints), ...compile(root, pages)]

for (const complaint of complaints) console.error(complaint)
console.log(`docs: ${pages.length} pages, ${blocks} blocks, ${complaints.length} complaints`)
process.exitCode = complaints.length > 0 ? 1 : 0
