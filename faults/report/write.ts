// Writes what was seen into the page about reliability: `node faults/report/write.ts`
import { readFile, writeFile } from 'node:fs/promises'
import { page, results, withTable } from './page.ts'

await writeFile(page, withTable(await readFile(page, 'utf8'), results()))
