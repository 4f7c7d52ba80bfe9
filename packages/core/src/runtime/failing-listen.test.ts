import { describe, expect, test } from 'vitest'
import { databases, events, instance, sibling, still } from '../../test/behaviour/kit.ts'
import type { Database } from '../engine/database.ts'

/** A database at which the first LISTENs for some channels are refused. */
function refusing(database: Database, refusals: Map<string, number>) {
  const opened: string[] = []
  const listen: Database['listen'] = async (options) => {
    const listener = await database.listen?.(options)
    if (!listener) throw new Error('expected a database with notices')
    opened.push('connection')

    return {
      ...listener,
      listen: async (name) => {
        const [, channel = ''] = name.split('.oban_')
        const left = refusals.get(channel) ?? 0
        refusals.set(channel, left - 1)
        if (left > 0) throw new Error(`LISTEN ${channel} was refused`)
        await listener.listen(name)
      },
    }
  }

  return { database: { ...database, listen }, opened }
}

describe.each(databases)('on %s a LISTEN that is refused', (_, database) => {
  test.each(['signal', 'news'])('is tried again on the same connection until it is not: %s', async (channel) => {
    const staffa = await instance({ ...still, database: database() })
    const { database: refuses, opened } = refusing(staffa.database, new Map([[channel, 2]]))
    const node = await sibling(staffa, { ...still, database: refuses, queues: { default: 1 } })
    const failures = events('failure', node.node)
    await node.start()
    const heard = Promise.withResolvers<unknown>()
    node.listen('news', heard.resolve, () => void staffa.notify('news', { n: 1 }))
    expect(await heard.promise).toEqual({ n: 1 })
    const pause = async () => {
      await staffa.notify('signal', { action: 'pause', queue: 'default' }) // who does not listen yet misses it

      return node.queues.check('default')?.paused
    }

    await expect.poll(pause).toBe(true)
    const refusal = { where: 'notifier', error: new Error(`LISTEN ${channel} was refused`) }
    expect(failures).toMatchObject([refusal, refusal])
    expect(opened).toHaveLength(1)
  })

  test('does not hold up the others, the start or the end', async () => {
    const staffa = await instance({ ...still, database: database() })
    const { database: refuses } = refusing(staffa.database, new Map([['news', Number.POSITIVE_INFINITY]]))
    const node = await sibling(staffa, { ...still, database: refuses })
    const failures = events('failure', node.node)
    await node.start()
    const heard = Promise.withResolvers<unknown>()
    const end = node.listen('news', () => {})
    node.listen('gossip', heard.resolve, () => void staffa.notify('gossip', { n: 1 }))
    expect(await heard.promise).toEqual({ n: 1 })
    await expect.poll(() => failures.length).toBeGreaterThan(1)
    end()
    await node.stop()
  })
})
