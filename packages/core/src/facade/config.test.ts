import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noop } from '../../test/behaviour/kit.ts'
import { Staffa, type StaffaOptions, worker } from '../index.ts'

let connections = 0
let database: string
const server = createServer((socket) => {
  connections += 1
  socket.destroy()
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  database = `postgres://ann:hunter2@127.0.0.1:${address.port}/jobs`
})
afterAll(() => void server.close())

function refused(options: unknown): { readonly code?: string; readonly message: string } {
  try {
    new Staffa({ database, ...(options as object) } as StaffaOptions)
  } catch (error) {
    return error as Error
  }
  throw new Error('expected the options to be refused')
}

const other = worker({ name: 'noop' }).process(() => {})
const builder = worker({ name: 'unfinished' })
const plugin = { plugin: 'tracing' }

describe('bad options give an error that says what was expected', () => {
  test.each<[unknown, string]>([
    [{ queue: { default: 1 } }, 'unknown option "queue" in new Staffa(), did you mean "queues"?'],
    [{ nam: 'Oban' }, 'unknown option "nam" in new Staffa(), did you mean "name"?'],
    [{ database: undefined }, 'expected database to be a PostgreSQL URL, a pg.Pool or an adapter, got "undefined"'],
    [{ database: {} }, 'expected database to be a PostgreSQL URL, a pg.Pool or an adapter, got "object"'],
    [
      { database: 'mysql://ann:p:w@d@host/db' },
      'expected database to be a URL that begins with postgres://, got "another text"',
    ],
    [{ name: '' }, 'expected name to be text of 1 to 100 characters without white space, got ""'],
    [{ name: 7 }, 'expected name to be text of 1 to 100 characters without white space, got 7'],
    [{ node: 'my node' }, 'expected node to be text of 1 to 100 characters without white space, got "my node"'],
    [{ prefix: '' }, 'expected prefix to be the name of a schema, of 1 to 40 bytes, got ""'],
    [{ prefix: 'p'.repeat(41) }, 'expected prefix to be the name of a schema, of 1 to 40 bytes, got "ppp'],
    [{ prefix: null }, 'expected prefix to be the name of a schema, of 1 to 40 bytes, got null'],
    [{ queues: [] }, 'expected queues to be an object of limits by queue, got []'],
    [{ queues: 5 }, 'expected queues to be an object of limits by queue, got 5'],
    [{ queues: null }, 'expected queues to be an object of limits by queue, got null'],
    [{ queues: { default: 0 } }, 'expected queues.default.limit to be an integer from 1 to 100000, got 0'],
    [{ queues: { default: -5 } }, 'expected queues.default.limit to be an integer from 1 to 100000, got -5'],
    [{ queues: { default: 1.5 } }, 'expected queues.default.limit to be an integer from 1 to 100000, got 1.5'],
    [
      { queues: { default: Infinity } },
      'expected queues.default.limit to be an integer from 1 to 100000, got Infinity',
    ],
    [{ queues: { default: '5' } }, 'expected queues.default to be a limit, or an object with a limit, got "5"'],
    [{ queues: { default: {} } }, 'expected queues.default.limit to be an integer from 1 to 100000, got undefined'],
    [{ queues: { default: { limt: 5 } } }, 'unknown option "limt" in queues.default, did you mean "limit"?'],
    [
      { queues: { default: { limit: 5, paused: 'no' } } },
      'expected queues.default.paused to be true or false, got "no"',
    ],
    [
      { queues: { default: { limit: 5, ack: 'slow' } } },
      'expected queues.default.ack to be "batched" or "sync", got "slow"',
    ],
    [
      { queues: { default: { limit: 5, prefetch: -1 } } },
      'expected queues.default.prefetch to be an integer from 0 to 10000, got -1',
    ],
    [
      { queues: { default: { limit: 5, refreshInterval: 0 } } },
      'expected queues.default.refreshInterval to be a duration longer than nothing, got 0',
    ],
    [{ queues: { ['q'.repeat(128)]: 1 } }, 'expected queue name to be text of 1 to 127 characters, got "qqq'],
    [{ queues: { '': 1 } }, 'expected queue name to be text of 1 to 127 characters, got ""'],
    [{ workers: noop }, 'expected workers to be a list, got '],
    [{ workers: ['noop'] }, 'expected workers[0] to be a worker, got "noop"'],
    [{ workers: [noop, builder] }, 'expected workers[1] to be a worker (its process() is missing), got '],
    [{ workers: [noop, other] }, 'expected worker names to differ, got two of "noop"'],
    [{ use: plugin }, `expected use to be a list, got { plugin: 'tracing' }`],
    [{ use: [plugin, () => {}] }, 'expected use[1] to be a plugin, got a function'],
    [{ services: [{ start() {} }] }, 'expected services[0] to be an object with start and stop, got { start: '],
    [{ stager: true }, 'expected stager to be an object or false, got true'],
    [{ stager: { intervall: 1 } }, 'unknown option "intervall" in stager, did you mean "interval"?'],
    [{ stager: { interval: 0 } }, 'expected stager.interval to be a duration longer than nothing, got 0'],
    [{ stager: { limit: -1 } }, 'expected stager.limit to be an integer from 1 to 100000, got -1'],
    [{ notifier: 'pg' }, 'expected notifier to be "listen" or "poll", got "pg"'],
    [{ testing: 'yes' }, 'expected testing to be "manual" or "inline", got "yes"'],
    [{ shutdownGracePeriod: -1 }, 'expected shutdownGracePeriod to be a duration that is not negative, got -1'],
    [{ shutdownGracePeriod: '15s' }, 'expected shutdownGracePeriod to be a number of seconds or an object'],
    [
      { dispatchCooldown: -1, queues: { a: 1 } },
      'expected dispatchCooldown to be a duration that is not negative, got -1',
    ],
    [{ dispatchCooldown: -1 }, 'expected dispatchCooldown to be a duration that is not negative, got -1'],
    [{ logger: {} }, 'expected logger to be an object with debug, info, warn and error, got {}'],
    [{ clock: Date }, 'expected clock to be an object with now(), got a function'],
  ])('%o', (options, message) => {
    const error = refused(options)

    expect(error).toMatchObject({ name: 'StaffaError', message: expect.stringContaining(message) })
    expect(error.code).toBeOneOf(['INVALID_OPTION', 'UNKNOWN_OPTION', 'DUPLICATE_WORKER'])
    expect(error.message).not.toContain('hunter2')
  })

  test.each([undefined, null, 'postgres://localhost', []])('in place of options: %o', (options) => {
    expect(() => new Staffa(options as never)).toThrow(expect.objectContaining({ name: 'StaffaError' }))
  })
})

test('a secret in a URL that is refused stays one', () => {
  for (const url of ['mysql://ann:p:w@d@host/db', 'host=h password=hunter2', 'ann:hunter2@host']) {
    expect(refused({ database: url }).message).not.toMatch(/w@d|hunter2|ann/)
  }
})

test('nothing is opened by options, good or bad', async () => {
  const staffa = new Staffa({ database, queues: { default: 5 }, workers: [noop] })
  await new Promise(setImmediate)
  expect(connections).toBe(0)

  await expect(staffa.migrate()).rejects.toThrow()
  expect(connections).toBeGreaterThan(0)
  await staffa.stop()
})

test('what is not said has a default', () => {
  const { name, node } = new Staffa({ database })
  const again = new Staffa({ database })

  expect(name).toBe('Oban')
  expect(node).toMatch(/^\S+-[0-9a-f]{6}$/)
  expect(again.node).not.toBe(node)
})

test.each([
  ['a URL', () => database],
  ['another way to write it', () => database.replace('postgres:', 'postgresql:')],
  [
    'a pool',
    () => ({ connect: async () => ({}), query: async () => ({}), on: () => {}, off: () => {}, end: async () => {} }),
  ],
  ['an adapter', () => ({ kysely: {}, query: async () => ({}), transaction: async () => {}, close: async () => {} })],
])('the database may be %s', (_, make) => {
  expect(new Staffa({ database: make() as never }).name).toBe('Oban')
})
