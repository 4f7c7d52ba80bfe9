import { setImmediate as turn } from 'node:timers/promises'
import { type TestOptions, testStaffa } from '@staffa/testing'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { databases, gate, instance, noop, quiet, sibling } from '../../test/behaviour/kit.ts'
import type { Database, Listener } from '../engine/database.ts'
import { newJob, Staffa, worker } from '../index.ts'
import { definePlugin } from '../plugin.ts'
import type { Service } from '../runtime/service.ts'

/** A service that writes down what is asked of it. */
function witness(starts: () => unknown = () => {}): Service & { readonly seen: readonly string[] } {
  const seen: string[] = []

  return {
    seen,
    start: async () => {
      seen.push('start')
      await starts()
    },
    stop: async () => {
      seen.push('stop')
    },
  }
}

describe.each(databases)('an instance on %s', (_, database) => {
  const start = (options: TestOptions) => instance({ database: database(), ...options })

  test('starts once, however often it is told, and stops once', async () => {
    const service = witness()
    const staffa = await start({ services: [service] })
    await Promise.all([staffa.start(), staffa.start()])
    await staffa.start()
    await Promise.all([staffa.stop(), staffa.stop()])
    await staffa.stop()

    expect(service.seen).toEqual(['start', 'stop'])
  })

  test('does not start again once it has stopped', async () => {
    const staffa = await start({})
    await staffa.stop()

    await expect(staffa.start()).rejects.toMatchObject({ code: 'STOPPED' })
  })

  test('may be stopped before it has started', async () => {
    const service = witness()
    const staffa = await start({ services: [service], queues: { default: 1 } })
    await staffa.stop()

    expect(service.seen).not.toContain('start')
  })

  test('stops for whoever asks only when the running jobs have ended', async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    const staffa = await start({ workers: [slow], queues: { default: 1 }, shutdownGracePeriod: { minutes: 1 } })
    await staffa.start()
    const { id } = await staffa.insert(slow.new({}))
    await reached(1)

    const states: unknown[] = []
    const note = async () => states.push((await staffa.jobs.get(id))?.state)
    const stops = [staffa.stop().then(note), staffa.stop().then(note)]
    open()
    await Promise.all(stops)

    expect(states).toEqual(['completed', 'completed'])
  })

  test('that is stopped while it starts leaves nothing running', async () => {
    const entered = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const service = witness(() => {
      entered.resolve()
      return go.promise
    })
    const staffa = await start({ services: [service], workers: [noop], queues: { default: 1 } })
    const starting = staffa.start()
    await entered.promise
    const stopping = staffa.stop()
    go.resolve()
    await Promise.all([starting, stopping])

    expect(service.seen).toEqual(['start', 'stop'])
    expect(staffa.queues.checkAll()).toEqual([])
  })

  test('whose service does not start runs nothing, and may be started again', async () => {
    let broken = true
    const first = witness()
    const second = witness(() => {
      if (broken) throw new Error('no way')
    })
    const staffa = await start({ services: [first, second], workers: [noop], queues: { default: 1 } })
    const { id } = await staffa.insert(noop.new({}))

    await expect(staffa.start()).rejects.toThrow('no way')
    expect(first.seen).toEqual(['start', 'stop'])
    expect(staffa.queues.checkAll()).toEqual([])
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'available' })
    broken = false
    await staffa.start()
    expect(first.seen).toEqual(['start', 'stop', 'start'])
    expect(second.seen).toEqual(['start', 'stop', 'start'])
    expect(staffa.queues.checkAll()).toHaveLength(1)
  })

  test('does not begin to work a queue that somebody starts while it stops', async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    const staffa = await start({ workers: [slow], queues: { default: 1 }, shutdownGracePeriod: { minutes: 1 } })
    await staffa.start()
    await staffa.insert(slow.new({}))
    await reached(1)
    const stopping = staffa.stop()
    await staffa.queues.start('late', 1)
    expect(staffa.queues.check('late')).toBe(undefined)
    open()
    await stopping

    expect(staffa.queues.checkAll()).toEqual([])
  })

  test('ends with the block that uses it', async () => {
    const service = witness()
    {
      await using staffa = await testStaffa({ database: database(), logger: quiet, services: [service] })
      await staffa.start()
    }

    expect(service.seen).toEqual(['start', 'stop'])
  })

  test('without tables does not start, and says what to do', async () => {
    const { database: adapter } = await start({})
    const services = [witness()]
    const staffa = new Staffa({ database: { ...adapter, close: async () => {} }, prefix: 'nobody_here', services })
    onTestFinished(() => staffa.stop())

    await expect(staffa.start()).rejects.toMatchObject({
      code: 'NOT_MIGRATED',
      message: expect.stringContaining('call staffa.migrate() first'),
    })
    expect(services[0]?.seen).toEqual([])
  })

  test('that does not start listens to nothing', async () => {
    const { database: adapter } = await start({})
    const seen: string[] = []
    const listen: Database['listen'] = async (options) => {
      const listener = await adapter.listen?.(options)
      if (!listener) throw new Error('expected notices to work here')
      seen.push('opened')

      return { ...listener, close: () => listener.close().finally(() => seen.push('closed')) }
    }
    const staffa = new Staffa({ database: { ...adapter, listen, close: async () => {} }, prefix: 'nobody_here' })
    onTestFinished(() => staffa.stop())
    await expect(staffa.start()).rejects.toMatchObject({ code: 'NOT_MIGRATED' })

    expect(seen).toEqual(['opened', 'closed'])
  })

  test('listens before it goes on, also after a start that failed', async () => {
    const { database: adapter } = await start({})
    const seen: string[] = []
    let looked = Promise.withResolvers<void>()
    const query: Database['query'] = async (statement, values) => {
      const rows = await adapter.query(statement, values)
      if (/^staffa_(facts|beat)/.test(statement.name)) seen.push(statement.name.slice(7, 11))
      if (/^staffa_facts/.test(statement.name)) looked.resolve()

      return rows
    }
    const listen: Database['listen'] = async (options) => {
      await looked.promise
      for (let turned = 0; turned < 50; turned += 1) await turn()
      const listener = await adapter.listen?.(options)
      seen.push('listens')

      return listener as Listener
    }
    let broken = true
    const service = witness(() => {
      if (broken) throw new Error('no way')
    })
    const works = { workers: [noop], queues: { default: 1 } }
    const staffa = await start({ database: { ...adapter, query, listen }, services: [service], ...works })
    await expect(staffa.start()).rejects.toThrow('no way')
    broken = false
    seen.length = 0
    looked = Promise.withResolvers()
    await staffa.start()

    expect(seen).toEqual(['fact', 'listens', 'beat'])
  })

  test('asks for jobs as soon as it may, and for what goes on in the background by one statement at a time', async () => {
    const { database: adapter } = await start({})
    const asked: string[] = []
    let underWay = 0
    let most = 0
    const query: Database['query'] = async (statement, values) => {
      const name = statement.name.replace(/^staffa_|_[0-9a-f]{12}$/g, '')
      asked.push(name)
      if (name === 'fetch') return adapter.query(statement, values)
      underWay += 1
      most = Math.max(most, underWay)

      return adapter.query(statement, values).finally(() => {
        underWay -= 1
      })
    }
    const staffa = await start({ database: { ...adapter, query }, workers: [noop], queues: { default: 1 } })
    asked.length = 0
    await staffa.start()

    expect(asked.slice(0, 3)).toEqual(['facts', 'fetch', 'beat'])
    expect(asked).toEqual(expect.arrayContaining(['elect', 'stage']))
    expect(most).toBe(1)
  })

  test('leaves the jobs of others alone', async () => {
    const staffa = await start({ workers: [noop], queues: { default: 1 }, start: true })
    const other = await sibling(staffa, { queues: { other: 1 }, workers: [noop], start: true })
    await other.stop()
    await staffa.stop()

    await expect(staffa.insert(noop.new({})).then(({ id }) => staffa.jobs.get(id))).resolves.toMatchObject({
      state: 'available',
    })
  })
})

test('an instance has started while what others have left is still being settled', async () => {
  const entered = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const slow = definePlugin({
    plugin: 'slow',
    settle: async () => {
      entered.resolve()
      await go.promise
    },
  })
  const staffa = await instance({ database: inject('databaseUrl'), use: [slow] })
  const { id } = await staffa.insert(newJob('noop', {}))
  await staffa.jobs.cancel(id)
  const knows = await sibling(staffa, { use: [slow], workers: [noop], queues: { default: 1 } })
  onTestFinished(() => go.resolve())
  await Promise.all([knows.start(), entered.promise])

  expect(await staffa.jobs.get(id)).toMatchObject({ meta: { settles: true } })
})
