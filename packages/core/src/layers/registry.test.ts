import { describe, expect, test } from 'vitest'
import { aContext } from '../../test/a-context.ts'
import { complete } from '../job/outcome.ts'
import type { AnyPlugin } from './plugin.ts'
import { registry } from './registry.ts'
import { worker } from './worker.ts'

const mailer = worker({ name: 'send-email', aliases: ['MyApp.Mailer', 'email'] }).process(() => 'sent')
const report = worker({ name: 'report' }).process(() => 'written')

test('workers are found by name and by alias', () => {
  const { find, has, names } = registry([mailer, report])

  expect(names).toEqual(['send-email', 'MyApp.Mailer', 'email', 'report'])
  for (const name of ['send-email', 'MyApp.Mailer', 'email']) expect(find(name).worker).toBe(mailer)
  expect(find('report').worker).toBe(report)
  expect(names.every(has)).toBe(true)
  expect(has('toString')).toBe(false)
})

test.each([
  ['send-emial', 'unknown worker: send-emial, did you mean "send-email"?'],
  ['Elixir.Something.Else', 'unknown worker: Elixir.Something.Else'],
])('%s is unknown', (name, message) => {
  expect(() => registry([mailer, report]).find(name)).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_WORKER', message, data: { worker: name } }),
  )
})

describe('two workers of one name are a mistake', () => {
  test.each([
    ['a name twice', worker({ name: 'report' }).process(() => 1), 'report'],
    ['an alias that is a name', worker({ name: 'other', aliases: ['report'] }).process(() => 1), 'report'],
    ['an alias twice', worker({ name: 'other', aliases: ['email'] }).process(() => 1), 'email'],
  ])('%s', (_, other, name) => {
    expect(() => registry([mailer, report, other])).toThrow(
      expect.objectContaining({
        code: 'DUPLICATE_WORKER',
        message: `expected worker names to differ, got two of "${name}"`,
      }),
    )
  })

  test('but not the same worker twice', () => {
    expect(registry([report, report]).find('report').worker).toBe(report)
  })
})

test("the instance's layers stand outside the worker's own", async () => {
  const trace: string[] = []
  const tracing = (name: string): AnyPlugin => ({
    plugin: name,
    execute: async (_context: object, next) => {
      trace.push(name)
      return next()
    },
  })
  const own = worker({ name: 'own' })
    .use(tracing('inner'))
    .process(() => 'done')
  const { run, stack } = registry([own], [tracing('outer')]).find('own')

  expect(await run(aContext())).toEqual(complete('done'))
  expect(trace).toEqual(['outer', 'inner'])
  expect(stack.map(({ plugin }) => plugin)).toEqual(['outer', 'inner'])
})
