import type { Parsed } from './parse.ts'

type Values = readonly number[]
type Word = (value: number) => string

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = 'January February March April May June July August September October November December'.split(' ')

/** Says in English when an expression comes true, such as `at 09:00, on Monday to Friday`. */
export function describe(parsed: Parsed): string {
  if (parsed === '@reboot') return 'once, when a node leads for the first time since it was started'
  const time = timeOf([...parsed.minute], [...parsed.hour])
  const date = dateOf([...parsed.day], [...parsed.weekday])
  const season = parsed.month.size === 12 ? '' : `in ${listed([...parsed.month], (month) => months[month - 1] ?? '')}`
  const daily = date === '' && /^at \d/.test(time) ? 'every day' : date

  return [time, daily, season].filter((part) => part !== '').join(', ')
}

function timeOf(minute: Values, hour: Values): string {
  const few = minute.length * hour.length <= 4
  if (few) return `at ${listed(hour.flatMap((h) => minute.map((m) => h * 60 + m)).map(clock), String)}`
  const onTheHour = minute.length === 1 && minute[0] === 0
  const stride = strideOf(hour, 24)
  if (onTheHour && stride) return stride === 1 ? 'every hour' : `every ${stride} hours`
  const minutes = minutesOf(minute)

  return stride === 1 && minutes.startsWith('every') ? minutes : `${minutes} of ${hoursOf(hour, stride)}`
}

function minutesOf(minute: Values): string {
  const stride = strideOf(minute, 60)
  if (stride) return stride === 1 ? 'every minute' : `every ${stride} minutes`

  return `at ${minute.length === 1 ? 'minute' : 'minutes'} ${listed(minute, String)}`
}

function hoursOf(hour: Values, stride: number | undefined): string {
  if (stride) return stride === 1 ? 'every hour' : `every ${ordinal(stride)} hour`

  return `the ${hour.length === 1 ? 'hour' : 'hours'} ${listed(hour, String)}`
}

function dateOf(day: Values, weekday: Values): string {
  const onDays = day.length === 31 ? '' : `on the ${listed(day, ordinal)}`
  if (weekday.length === 7) return onDays
  const named: Word = (value) => weekdays[value] ?? ''

  return onDays === '' ? `on ${listed(weekday, named)}` : `${onDays} when it is a ${listed(weekday, named, 'or')}`
}

/** How far the values are apart, when they go round evenly and from 0. */
function strideOf(values: Values, size: number): number | undefined {
  const stride = size / values.length
  const even = Number.isInteger(stride) && values.every((value, index) => value === index * stride)

  return even && values.length > 1 ? stride : undefined
}

/** `1, 3 and 5`; three in a row or more are `1 to 3`. */
function listed<Value extends number | string>(
  values: readonly Value[],
  word: (value: Value) => string,
  conjunction: 'and' | 'or' = 'and',
): string {
  const parts = runs(values).flatMap((run) => {
    const words = run.map(word)

    return words.length > 2 ? [`${words[0]} to ${words.at(-1)}`] : words
  })

  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${conjunction} ${parts.at(-1)}`
}

/** Splits ascending values where a number is left out. Texts never are in a row. */
function runs<Value extends number | string>(values: readonly Value[]): readonly (readonly Value[])[] {
  const found: Value[][] = []
  for (const value of values) {
    const last = found.at(-1)
    const before = last?.at(-1)
    if (last && typeof value === 'number' && typeof before === 'number' && value === before + 1) last.push(value)
    else found.push([value])
  }

  return found
}

function clock(minute: number): string {
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function ordinal(value: number): string {
  const teens = value % 100 > 10 && value % 100 < 14
  const ending = teens ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')

  return `${value}${ending}`
}
