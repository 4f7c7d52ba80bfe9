#!/usr/bin/env node
import { generateKey } from './keys.ts'

const usage = `Usage: staffa-encrypted generate-key

Prints a key for @staffa/encrypted: Base64 of 32 random bytes.
`

const [command, ...rest] = process.argv.slice(2)
const help = command === '--help' || command === '-h' || command === undefined

if (command === 'generate-key' && rest.length === 0) process.stdout.write(`${generateKey()}\n`)
else if (help) process.stdout.write(usage)
else {
  process.stderr.write(`unknown arguments: ${process.argv.slice(2).join(' ')}\n\n${usage}`)
  process.exitCode = 2
}
