import { isStaffaError } from '@staffa/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CronOptions, cron, parseExpression } from '../../src/index.ts'

const numRuns = 10_000

const words = [
  ...[
    '*',
    '0',
    '7',
    '59',
    '60',
    '1-5',
    '5-1',
    '*/15',
    '*/0',
    '*/99',
    '1,2',
    ',',
    '-',
    '/',
    'MON',
    'mon',
    'JANUARY',
    '?',
    'L',
    '1#2',
  ],
  ...[
    '@daily',
    '@reboot',
    '@DAILY',
    '@constructor',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
  ],
  ...['', ' ', '\0', '\ud800', '💥', '9'.repeat(400), '1-'.repeat(500), '*,'.repeat(500), '0x10', '1e3', '٣', '\u00a0'],
]
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    0,
    Number.NaN,
    true,
    Symbol('s'),
    () => {},
    Object.create(null),
    new Date(Number.NaN),
  ),
  fc.constantFrom<unknown>([], {}, { toString: null }, 10n, new Array(2)),
  fc.anything(),
)
const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const lines = fc.oneof(
  fc.array(word, { minLength: 5, maxLength: 5 }).map((parts) => parts.join(' ')),
  fc.array(word, { maxLength: 8 }).map((parts) => parts.join(' ')),
  word,
)
const texts = fc.oneof({ weight: 9, arbitrary: lines }, { weight: 1, arbitrary: junk })
const years = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })

/** Runs what may be refused, with an error of ours. */
function refusing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    expect(error).toSatisfy((given) => isStaffaError(given))

    return undefined
  }
}

test('any text is an expression whose times can be found, or is refused with a reason', () => {
  const property = fc.property(texts, fc.constantFrom('oban', 'extended'), years, (text, dialect, at) => {
    const expression = refusing(() => parseExpression(text as string, { dialect: dialect as 'oban' }))
    if (!expression) return
    const next = expression.next(at)

    expect(expression.describe()).not.toBe('')
    expect(next === undefined || (next > at && expression.matches(next))).toBe(true)
    expect(parseExpression(expression.text).describe()).toBe(expression.describe())
  })

  fc.assert(property, { numRuns })
})

test('whatever the entries and options are, they are taken or refused with a reason', () => {
  const entry = fc.record(
    {
      expression: texts,
      worker: fc.oneof(fc.constant('w'), junk, fc.constant({ name: 'w', new: 5 })),
      args: fc.oneof(fc.constant({}), junk),
      name: fc.oneof(fc.constant('n'), junk),
      timezone: fc.constantFrom<unknown>('Etc/UTC', 'Europe/London', 'constructor', '+01:00', 5, null),
      queue: fc.constantFrom<unknown>('q', '', 5),
      paused: fc.constantFrom<unknown>(true, 'yes'),
    },
    { requiredKeys: [] },
  )
  const options = fc.oneof(
    fc.record(
      { sync: fc.constantFrom('manual', 'x'), dst: fc.constantFrom('wall', 'x'), guaranteed: junk },
      { requiredKeys: [] },
    ),
    junk,
  )
  const property = fc.property(
    fc.oneof(fc.array(fc.oneof(entry, junk), { maxLength: 3 }), junk),
    options,
    (entries, given) => {
      refusing(() => cron(entries as never, given as CronOptions))
      refusing(() => parseExpression('* * * * *', given as never))
    },
  )

  fc.assert(property, { numRuns })
})

test.each(['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'])('%s is no nickname', (word) => {
  expect(() => parseExpression(word)).toThrow(expect.objectContaining({ code: 'INVALID_EXPRESSION' }))
})

test.each(['9'.repeat(20), '9'.repeat(400), `0-${'9'.repeat(20)}`, `${'9'.repeat(400)}/2`])(
  '%s ends, outside of its field',
  (field) => {
    expect(() => parseExpression(`${field} * * * *`)).toThrow(expect.objectContaining({ code: 'INVALID_EXPRESSION' }))
  },
)

test('no field takes long to read, however long it is', () => {
  for (const text of [
    '1-'.repeat(50_000),
    '*,'.repeat(50_000),
    '9'.repeat(100_000),
    ' '.repeat(100_000),
    `@${'x'.repeat(100_000)}`,
  ]) {
    const began = performance.now()
    refusing(() => parseExpression(`${text} * * * *`))
    expect(performance.now() - began).toBeLessThan(2_000)
  }
})
