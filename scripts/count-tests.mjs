// Prints how many tests passed and failed, from the report that vitest wrote.
import { readFileSync } from 'node:fs'
import { countTests } from './report/count-tests.mjs'

const { passed, failed } = countTests(readFileSync(process.argv[2], 'utf8'))

console.log(`${passed} passed, ${failed} failed`)
