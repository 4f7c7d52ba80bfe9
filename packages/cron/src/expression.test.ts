import { describe, expect, test } from 'vitest'
import { parseExpression } from './index.ts'

const at = (text: string) => new Date(`${text.replace(' ', 'T')}Z`)
const minute = (text: string) => at(text).toISOString()

describe('what an expression matches', () => {
  test.each([
    ['* * * * *', '2025-01-01 00:00:00', true],
    ['0 0 * * *', '2025-01-01 00:00:59', true],
    ['*/15 * * * *', '2025-01-01 10:45', true],
    ['*/15 * * * *', '2025-01-01 10:46', false],
    ['*/7 * * * *', '2025-01-01 10:56', true],
    ['*/7 * * * *', '2025-01-01 10:59', false],
    ['*/7 * * * *', '2025-01-01 11:00', true],
    ['*/99 * * * *', '2025-01-01 11:00', true],
    ['*/99 * * * *', '2025-01-01 11:01', false],
    ['5/20 * * * *', '2025-01-01 10:45', true],
    ['5/20 * * * *', '2025-01-01 10:40', false],
    ['10-30/10 * * * *', '2025-01-01 10:20', true],
    ['10-30/10 * * * *', '2025-01-01 10:40', false],
    ['1-5,10-12 * * * *', '2025-01-01 00:11', true],
    ['*,5 * * * *', '2025-01-01 00:11', true],
    ['05 09 * * *', '2025-01-01 09:05', true],
    ['0 0-9/3 * * *', '2025-01-01 09:00', true],
    ['0 9-17 * * MON-FRI', '2025-01-06 17:00', true],
    ['0 9-17 * * MON-FRI', '2025-01-06 17:30', false],
    ['0 9-17 * * MON-FRI', '2025-01-04 10:00', false],
    ['0 0 13 * FRI', '2025-06-13 00:00', true],
    ['0 0 13 * FRI', '2025-06-20 00:00', false],
    ['0 0 13 * FRI', '2025-05-13 00:00', false],
    ['0 0 29 2 *', '2024-02-29 00:00', true],
    ['0 0 29 FEB *', '2025-03-01 00:00', false],
    ['0 0 31 * *', '2025-04-30 00:00', false],
    ['0 0 1,15 * *', '2025-04-15 00:00', true],
    ['0 0 30 2,4 *', '2025-04-30 00:00', true],
    ['0 0 * * 0', '2025-01-05 00:00', true],
    ['0 0 * * SUN', '2025-01-05 00:00', true],
    ['0 0 * * SUN-SAT', '2025-01-05 00:00', true],
    ['0 0 * * SAT,SUN', '2025-01-05 00:00', true],
    ['0 0 * * MON/2', '2025-01-01 00:00', true],
    ['0 0 * * MON/2', '2025-01-02 00:00', false],
    ['0 12 * * 1,3,5', '2025-01-08 12:00', true],
    ['0 12 * * 1-5/2', '2025-01-07 12:00', false],
    ['0 12 * * 1-5/2', '2025-01-08 12:00', true],
    ['* * * * MON, WED', '2025-01-06 00:00', true],
    ['0 0 * JAN-MAR *', '2025-02-05 00:00', true],
    ['0 0 * OCT/1 *', '2025-12-05 00:00', true],
    ['59 23 31 12 *', '2025-12-31 23:59', true],
    ['@hourly', '2025-01-01 05:00', true],
    ['@daily', '2025-01-01 00:00', true],
    ['@midnight', '2025-01-01 00:01', false],
    ['@weekly', '2025-01-05 00:00', true],
    ['@weekly', '2025-01-06 00:00', false],
    ['@monthly', '2025-02-01 00:00', true],
    ['@yearly', '2025-01-01 00:00', true],
    ['@annually', '2025-01-01 00:01', false],
    ['@reboot', '2025-07-08 09:10:11', true],
    [' \t0  0 * * *', '2025-01-01 00:00', true],
  ])('%s at %s: %s', (text, instant, matched) => {
    expect(parseExpression(text).matches(at(instant))).toBe(matched)
  })

  test.each([
    ['* 0/12 * * *', 'getUTCHours', [0, 12]],
    ['* 1/7 * * *', 'getUTCHours', [1, 8, 15, 22]],
    ['* 1-14/7 * * *', 'getUTCHours', [1, 8]],
  ] as const)('%s lists its hours', (text, field, hours) => {
    const expression = parseExpression(text)
    const found = Array.from({ length: 24 }, (_, hour) => new Date(Date.UTC(2025, 0, 1, hour)))

    expect(found.filter((instant) => expression.matches(instant)).map((instant) => instant[field]())).toEqual(hours)
  })
})

describe('what is no expression', () => {
  test.each([
    ['fields', ['* * * *', '', '@DAILY', ' @daily', '@every 5m']],
    ['unrecognized', ['* * * * * *', '* * * * *  ', '0 0 1 , 15 * *']],
    ['range', ['60 * * * *', '* 24 * * *', '* * 0 * *', '* * 32 * *', '* * * 0 *', '* * * 13 *', '0 0 * * 7']],
    ['range', ['0-60 * * * *', '* 0-24 * * *', '* * 0-31 * *', '* * * 0-12 *', '* * * * 0-7', '* * 0/5 * *']],
    ['range', ['0-99999999 * * * *', '0-99999999/1 * * * *', '0 0 * * MONTUE']],
    ['order', ['30-10 * * * *', '0 0 * * SAT-SUN', '99999999/1 * * * *']],
    ['unrecognized', ['*/0 * * * *', '*/100 * * * *', '*/05 * * * *', '*-5 * * * *', '? * * * *', '* * L * *']],
    ['unrecognized', ['* * * * 1#2', '1,,2 * * * *', 'ONE * * * *', 'MON * * * *', '0 0 MON * *', '0 0 * * JAN']],
    ['unrecognized', ['0 0 * * sun', '0 0 * jan *', '-1 * * * *', '0 0 * * MON,', '0\u00a00 0 0 * *']],
    ['never', ['0 0 30 2 *', '0 0 31 4 *', '0 0 31 2,4,6,9,11 *', '0 0 30-31 FEB *']],
  ])('%s: %j', (reason, texts) => {
    for (const text of texts) {
      const error = thrown(() => parseExpression(text))

      expect(error, text).toMatchObject({ code: 'INVALID_EXPRESSION', data: { expression: text, reason } })
    }
  })

  test.each([
    ['0 0 * * sun', 'did you mean "SUN"?'],
    ['@DAILY', 'did you mean "@daily"?'],
    ['0 0 * * 7', 'expected a weekday from 0 to 6, got 7: Sunday is 0'],
    ['* * * *', 'expected five fields (minute, hour, day, month, weekday) or a nickname such as @daily, got 4'],
    ['30-10 * * * *', 'expected the minute to rise, got 30 to 10'],
    ['0 0 31 4 *', 'expected a day that its months have'],
  ])('the error for %s helps', (text, words) => {
    expect(() => parseExpression(text)).toThrow(words)
  })

  test('a huge range is refused before it is expanded', () => {
    expect(() => parseExpression(`0-${'9'.repeat(300)} * * * *`)).toThrow('from 0 to 59')
    expect(() => parseExpression(`${'9'.repeat(20)} * * * *`)).toThrow('from 0 to 59')
  })
})

describe('zones', () => {
  test.each([
    ['America/Chicago', '30 2 * * *', '2025-03-09 08:30', false],
    ['America/Chicago', '30 3 * * *', '2025-03-09 08:30', true],
    ['America/Chicago', '0 * * * *', '2025-03-09 08:00', true],
    ['America/Chicago', '30 1 * * *', '2025-11-02 06:30', true],
    ['America/Chicago', '30 1 * * *', '2025-11-02 07:30', true],
    ['America/Chicago', '0 9 * * *', '2025-07-01 14:00', true],
    ['America/Chicago', '0 9 * * *', '2025-01-01 15:00', true],
    ['America/Chicago', '0 9 * * *', '2025-01-01 14:00', false],
    ['America/Chicago', '30 23 31 12 *', '2025-01-01 05:30', true],
    ['Europe/London', '0 1 * * *', '2025-03-30 01:00', false],
    ['Europe/London', '30 1 * * *', '2025-10-26 00:30', true],
    ['Europe/London', '30 1 * * *', '2025-10-26 01:30', true],
  ])('in %s, %s at %s: %s', (zone, text, instant, matched) => {
    expect(parseExpression(text).matches(at(instant), zone)).toBe(matched)
  })

  test('a repeated hour comes twice, or only once where that is asked for', () => {
    const expression = parseExpression('30 1 * * *')
    const [first, second] = [at('2025-11-02 06:30'), at('2025-11-02 07:30')]

    expect(expression.next(first, 'America/Chicago')).toEqual(second)
    expect(expression.next(at('2025-11-02 06:50'), 'America/Chicago')).toEqual(second)
    expect(expression.next(first, 'America/Chicago', { dst: 'once' })).toEqual(at('2025-11-03 07:30'))
    expect(expression.previous(at('2025-11-02 20:00'), 'America/Chicago')).toEqual(second)
    expect(expression.previous(at('2025-11-02 20:00'), 'America/Chicago', { dst: 'once' })).toEqual(first)
    expect(expression.matches(second, 'America/Chicago', { dst: 'once' })).toBe(false)
  })

  test.each(['Mars/Olympus', '+01:00', '', 'Europe/Lodnon'])('%j is no zone', (zone) => {
    expect(() => parseExpression('@daily').next(new Date(), zone)).toThrow('the name of a time zone')
  })
})

describe('the next time and the last', () => {
  test.each([
    ['* * * * *', '2024-11-21 00:55:30', '2024-11-21 00:56', '2024-11-21 00:54'],
    ['*/2 * * * *', '2024-11-21 00:55', '2024-11-21 00:56', '2024-11-21 00:54'],
    ['5 * * * *', '2024-11-21 00:06', '2024-11-21 01:05', '2024-11-21 00:05'],
    ['0 */2 * * *', '2024-11-21 03:02', '2024-11-21 04:00', '2024-11-21 02:00'],
    ['0 0 1 * *', '2024-11-21 01:01', '2024-12-01 00:00', '2024-11-01 00:00'],
    ['0 0-2 5 9 *', '2024-11-21 01:01', '2025-09-05 00:00', '2024-09-05 02:00'],
    ['0 0-2 5 9 *', '2024-09-04 00:00', '2024-09-05 00:00', '2023-09-05 02:00'],
    ['0 1 5 9 SUN', '2024-11-21 00:00', '2027-09-05 01:00', '2021-09-05 01:00'],
    ['0 1 5 9 MON', '2024-11-21 00:00', '2033-09-05 01:00', '2022-09-05 01:00'],
    ['0 0 29 2 *', '2025-01-01 00:00', '2028-02-29 00:00', '2024-02-29 00:00'],
    ['*/5 * * * 1', '2025-01-01 00:00', '2025-01-06 00:00', '2024-12-30 23:55'],
    ['0 0 13 * 5', '2025-01-01 00:00', '2025-06-13 00:00', '2024-12-13 00:00'],
  ])('%s around %s', (text, now, next, previous) => {
    const expression = parseExpression(text)

    expect(expression.next(at(now))?.toISOString()).toBe(minute(next))
    expect(expression.previous(at(now))?.toISOString()).toBe(minute(previous))
  })

  test('a leap day on a Sunday is found far away, through many changes of the clocks', () => {
    const expression = parseExpression('30 12 29 2 SUN')

    expect(expression.next(at('2080-01-01 00:00'), 'America/Chicago')).toEqual(at('2088-02-29 18:30'))
    expect(expression.next(at('2088-03-01 00:00'), 'America/Chicago')).toEqual(at('2128-02-29 18:30'))
    expect(expression.previous(at('2020-01-01 00:00'), 'America/Chicago')).toEqual(at('2004-02-29 18:30'))
  })

  test('an hour that clocks skip each time is not looked for in vain', () => {
    const expression = parseExpression('30 2 8-14 3 SUN')

    expect(expression.next(at('2025-01-01 00:00'), 'America/Chicago')).toBeUndefined()
    expect(expression.next(at('2025-01-01 00:00'), 'Europe/London')).toEqual(at('2025-03-09 02:30'))
  })

  test('a reboot has no next time, and was last when this process began', () => {
    const reboot = parseExpression('@reboot')

    expect(reboot.next(new Date())).toBeUndefined()
    expect(Math.abs(Number(reboot.previous(new Date())) - performance.timeOrigin)).toBeLessThan(60_000)
  })

  test('an invalid date is refused', () => {
    expect(() => parseExpression('@daily').next(new Date(Number.NaN))).toThrow('expected after to be a valid Date')
  })
})

describe('the extended dialect', () => {
  test.each([
    ['0 0 * * 7', '0 0 * * 0'],
    ['0 0 * * mon-fri', '0 0 * * MON-FRI'],
    ['0 0 * * fri-sun', '0 0 * * 5,6,0'],
    ['0 0 * * 5-7', '0 0 * * 5,6,0'],
    ['0 0 * * 1-7/2', '0 0 * * 1,3,5,0'],
    ['0 0 * * sat, sun', '0 0 * * SAT,SUN'],
    ['0 0 ? jan-Mar *', '0 0 * JAN-MAR *'],
    ['  0 0 * * *  ', '0 0 * * *'],
    ['@Daily', '@daily'],
    ['0 0 13 * FRI', '0 0 13 * FRI'],
  ])('%j is %s in Oban', (text, spelled) => {
    expect(parseExpression(text, { dialect: 'extended' }).text).toBe(spelled)
    expect(parseExpression(spelled).text).toBe(spelled)
  })

  test.each(['0 0 * * 8', '0 0 L * *', '* * * *', '60 * * * *', '0 0 * dec-jan *'])('%s is still refused', (text) => {
    expect(() => parseExpression(text, { dialect: 'extended' })).toThrow('in the cron expression')
  })

  test('an unknown dialect is refused', () => {
    expect(() => parseExpression('@daily', { dialect: 'quartz' as never })).toThrow('expected dialect to be')
  })
})

describe('in English', () => {
  test.each([
    ['* * * * *', 'every minute'],
    ['*/15 * * * *', 'every 15 minutes'],
    ['@hourly', 'every hour'],
    ['5 * * * *', 'at minute 5 of every hour'],
    ['1-5,10 * * * *', 'at minutes 1 to 5 and 10 of every hour'],
    ['0 */2 * * *', 'every 2 hours'],
    ['*/5 9-17 * * *', 'every 5 minutes of the hours 9 to 17'],
    ['@daily', 'at 00:00, every day'],
    ['30 9,17 * * *', 'at 09:30 and 17:30, every day'],
    ['0 9 * * MON-FRI', 'at 09:00, on Monday to Friday'],
    ['0 0 1,15 * *', 'at 00:00, on the 1st and 15th'],
    ['0 0 13 * FRI', 'at 00:00, on the 13th when it is a Friday'],
    ['0 0 1-7 * MON,WED', 'at 00:00, on the 1st to 7th when it is a Monday or Wednesday'],
    ['@yearly', 'at 00:00, on the 1st, in January'],
    ['0 12 * JUN-AUG,DEC *', 'at 12:00, every day, in June to August and December'],
    ['@reboot', 'once, when a node leads for the first time since it was started'],
  ])('%s: %s', (text, words) => {
    expect(parseExpression(text).describe()).toBe(words)
  })
})

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
