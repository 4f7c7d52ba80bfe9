import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspect } from './inspect.mjs'

const core = 'packages/core/src'
let root

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'staffa-house-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** What the house says of some files, as `file:line rule`. */
function complaints(files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }

  return inspect(root).problems.map(({ file, line, rule }) => `${file}:${line} ${rule}`)
}

const lines = (count) => 'step()\n'.repeat(count)

test('the command says where, and fails', () => {
  const command = resolve(import.meta.dirname, '../check-house.mjs')
  const check = () => spawnSync(process.execPath, [command, root], { encoding: 'utf8' })
  complaints({ [`${core}/job/job.ts`]: "\nimport '../engine/fetch.ts'\n" })

  expect(check()).toMatchObject({
    status: 1,
    stderr: 'packages/core/src/job/job.ts:2 floors: floor 0 may not import from floor 3 (engine/fetch.ts)\n',
  })
  complaints({ [`${core}/job/job.ts`]: '' })
  expect(check()).toMatchObject({ status: 0, stderr: '', stdout: 'house: 1 files, 0 complaints\n' })
})

describe('floors', () => {
  test('an import from the same floor or one below is fine, and a door may see everything', () => {
    const files = {
      [`${core}/index.ts`]: "export { start } from './runtime/start.ts'\n",
      [`${core}/runtime/start.ts`]: "import { fetch } from '../engine/fetch.ts'\nexport const start = fetch\n",
      [`${core}/engine/fetch.ts`]: "import type { Job } from '../job/job.ts'\nexport const fetch = 1\n",
    }

    expect(complaints(files)).toEqual([])
  })

  test.each([
    ['a value', "\nimport { start } from '../runtime/start.ts'", 2],
    ['a type', "import type { Start } from '../runtime/start.ts'", 1],
    ['a type, in place', "type Start = import('../runtime/start.ts').Start", 1],
    ['on demand', "const start = () => import('../runtime/start.ts')", 1],
    ['again for others', "export * from '../runtime/start.ts'", 1],
    ['a door', "import '../index.ts'", 1],
  ])('an import from above is not: %s', (_, text, line) => {
    expect(complaints({ [`${core}/engine/fetch.ts`]: text })).toEqual([`${core}/engine/fetch.ts:${line} floors`])
  })

  test('a test may look up', () => {
    expect(complaints({ [`${core}/job/job.test.ts`]: "import '../facade/staffa.ts'\n" })).toEqual([])
  })

  test('every file has a floor', () => {
    expect(complaints({ [`${core}/helpers/misc.ts`]: '' })).toEqual([`${core}/helpers/misc.ts:1 floors`])
  })
})

describe('cycles', () => {
  test('two files that import each other are told of once', () => {
    const files = { 'scripts/a.mjs': "import './b.mjs'\n", 'scripts/b.mjs': "\nimport './a.mjs'\n" }

    expect(complaints(files)).toEqual(['scripts/b.mjs:2 cycles'])
    expect(inspect(root).problems[0].message).toBe('scripts/a.mjs → scripts/b.mjs → scripts/a.mjs')
  })

  test('a ring of types counts', () => {
    const files = {
      'packages/cron/src/a.ts': "import type { B } from './b.ts'\n",
      'packages/cron/src/b.ts': "import type { C } from './c.ts'\n",
      'packages/cron/src/c.ts': "export type C = import('./a.ts').A\n",
    }

    expect(complaints(files)).toEqual(['packages/cron/src/c.ts:1 cycles'])
  })

  test('two ways to the same file are no cycle', () => {
    const files = {
      'scripts/a.mjs': "import './b.mjs'\nimport './c.mjs'\n",
      'scripts/b.mjs': "import './d.mjs'\n",
      'scripts/c.mjs': "import './d.mjs'\n",
      'scripts/d.mjs': '',
    }

    expect(complaints(files)).toEqual([])
  })
})

describe('sizes', () => {
  test.each([
    ['function', (body) => `\nfunction long() {\n${body}}\n`],
    ['arrow', (body) => `\nconst long = () => {\n${body}}\n`],
    ['method', (body) => `class Long {\n  long() {\n${body}}\n}\n`],
    ['callback', (body) => `\ntest('', () => {\n${body}})\n`],
  ])('50 lines are enough for the body of a %s', (_, program) => {
    expect(complaints({ 'scripts/a.mjs': program(lines(50)) })).toEqual([])
    expect(complaints({ 'scripts/a.mjs': program(lines(51)) })).toEqual(['scripts/a.mjs:2 sizes'])
  })

  test('the suites of a test file are as long as they need to be', () => {
    expect(complaints({ 'scripts/a.test.mjs': `describe('', () => {\n${lines(60)}})\n` })).toEqual([])
  })

  test('250 lines are enough for a source file, and 400 for a test', () => {
    const files = { 'scripts/a.mjs': lines(250), 'scripts/a.test.mjs': lines(400) }
    expect(complaints(files)).toEqual([])

    const longer = { 'scripts/a.mjs': lines(251), 'scripts/a.test.mjs': lines(401) }
    expect(complaints(longer)).toEqual(['scripts/a.mjs:251 sizes', 'scripts/a.test.mjs:401 sizes'])
  })

  test('12 imports are enough for a file, and 3 parameters for a function', () => {
    expect(complaints({ 'scripts/a.mjs': "import 'node:fs'\n".repeat(13) })).toEqual(['scripts/a.mjs:1 sizes'])
    expect(complaints({ 'scripts/a.mjs': 'export const f = (a, b, c, d) => a\n' })).toEqual(['scripts/a.mjs:1 sizes'])
  })

  test('a row of a table may have more columns', () => {
    expect(complaints({ 'scripts/a.test.mjs': "test.each([])('', (a, b, c, d) => a)\n" })).toEqual([])
    expect(complaints({ 'scripts/a.test.mjs': "test('', (a, b, c, d) => a)\n" })).toEqual([
      'scripts/a.test.mjs:1 sizes',
    ])
  })

  test('what stands in the test folder of a package counts as a test', () => {
    expect(complaints({ 'packages/core/test/model/a.ts': lines(400) })).toEqual([])
  })
})

describe('packages', () => {
  test.each([
    ['packages/cron/src/a.ts', "import '../../core/src/job/job.ts'"],
    ['packages/cron/src/a.test.ts', "import '../../core/src/job/job.ts'"],
    ['packages/cron/src/a.ts', "import '@staffa/core/src/job/job.ts'"],
    ['packages/cron/src/a.ts', "import '../../../test/postgres.ts'"],
    [`${core}/job/job.ts`, "import '@staffa/testing'"],
  ])('%s may not: %s', (path, text) => {
    expect(complaints({ [path]: text })).toEqual([`${path}:1 packages`])
  })

  test.each([
    ['packages/cron/src/a.ts', "import '@staffa/core/plugin'"],
    ['packages/cron/src/a.test.ts', "import '../../../test/postgres.ts'"],
    [`${core}/job/job.test.ts`, "import '@staffa/testing'"],
  ])('%s may: %s', (path, text) => {
    expect(complaints({ [path]: text })).toEqual([])
  })
})

describe('places', () => {
  test.each([
    [`${core}/engine/a.ts`, 'setTimeout(() => {}, 1)'],
    [`${core}/facade/a.ts`, 'globalThis.setInterval(() => {}, 1)'],
    [`${core}/job/a.ts`, "import { setTimeout } from 'node:timers/promises'"],
    [`${core}/facade/a.ts`, "import type { Transaction } from 'kysely'"],
    [`${core}/runtime/a.ts`, "import pg from 'pg'"],
    ['packages/cron/src/a.ts', "console.log('tick')"],
  ])('%s may not: %s', (path, text) => {
    expect(complaints({ [path]: text })).toEqual([`${path}:1 places`])
  })

  test.each([
    [`${core}/runtime/a.ts`, 'setTimeout(() => {}, 1)'],
    [`${core}/engine/connect/a.ts`, "import pg from 'pg'\nimport { sql } from 'kysely'"],
    ['packages/cli/src/a.ts', "console.log('tick')"],
  ])('%s may: %s', (path, text) => {
    expect(complaints({ [path]: text })).toEqual([])
  })
})

describe('words', () => {
  test.each(['ed', 'ing'])('there is one spelling, in programs and on pages (%s)', (ending) => {
    const word = `cancel${ending}`
    const files = { 'README.md': `\nA ${word} job\n`, 'scripts/a.mjs': `const wasC${word.slice(1)} = '${word}'\n` }

    expect(complaints(files)).toEqual(['README.md:2 spelling', 'scripts/a.mjs:1 spelling', 'scripts/a.mjs:1 spelling'])
  })

  test.each(['export default 1', 'export default function name() {}', 'const one = 1\nexport { one as default }'])(
    'no file has a default export: %s',
    (text) => {
      expect(complaints({ 'packages/cron/src/a.ts': text })[0]).toMatch(/exports$/)
      expect(complaints({ 'packages/cron/src/a.ts': '', 'packages/cron/vitest.config.ts': text })).toEqual([])
    },
  )
})
