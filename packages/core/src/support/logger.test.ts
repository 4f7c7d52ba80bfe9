import { expect, test } from 'vitest'
import { StaffaError } from './errors.ts'
import { jsonLogger } from './logger.ts'

function recording(level?: 'debug' | 'info' | 'warn' | 'error') {
  const lines: string[] = []
  const logger = jsonLogger({ level, write: (line) => lines.push(line) })

  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

test('a line is one JSON object with the time, the level, the message and the fields', () => {
  const { logger, lines, last } = recording()
  logger.warn({ id: 1 }, 'slow\njob')

  expect(lines[0]).not.toContain('\n')
  expect(last()).toEqual({ time: expect.any(String), level: 'warn', message: 'slow\njob', id: 1 })
  expect(new Date(last().time).getTime()).toBeGreaterThan(0)
})

test.each([
  [undefined, ['warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['error', ['error']],
] as const)('at level %s it writes %j', (level, written) => {
  const { logger, lines } = recording(level)
  for (const own of ['debug', 'info', 'warn', 'error'] as const) logger[own]({})

  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written)
})

test('an error among the fields keeps its message, its stack and its code', () => {
  const { logger, last } = recording()
  logger.error({ error: new StaffaError('LOST', 'gone'), nested: { cause: new TypeError('why') } })

  expect(last().error).toMatchObject({ name: 'StaffaError', code: 'LOST', message: 'gone', stack: expect.any(String) })
  expect(last().nested.cause).toMatchObject({ name: 'TypeError', message: 'why' })
})

test('an error in place of the fields is written as one among them', () => {
  const { logger, last } = recording()
  logger.error(new TypeError('why'), 'failed')

  expect(last()).toMatchObject({ message: 'failed', error: { name: 'TypeError', message: 'why' } })
})

test('fields that JSON cannot hold never make a log line fail', () => {
  const { logger, lines, last } = recording()
  const circle: Record<string, unknown> = { big: 1n }
  circle.self = circle
  logger.warn(circle, 'round')
  logger.warn({ toJSON: () => JSON.parse('{') }, 'bad')

  expect(lines).toHaveLength(2)
  expect(last()).toMatchObject({ level: 'warn', message: 'bad' })
})
