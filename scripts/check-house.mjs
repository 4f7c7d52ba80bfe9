// Checks the rules of the house that no other tool knows: floors, cycles, sizes, seams between packages, spelling.
// Of the repository, or of the one whose root is given.
import { resolve } from 'node:path'
import { inspect } from './house/inspect.mjs'

const { files, problems } = inspect(process.argv[2] ?? resolve(import.meta.dirname, '..'))

for (const { file, line, rule, message } of problems) console.error(`${file}:${line} ${rule}: ${message}`)
console.log(`house: ${files} files, ${problems.length} complaints`)
process.exitCode = problems.length > 0 ? 1 : 0
