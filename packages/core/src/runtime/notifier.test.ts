import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, inject, test } from 'vitest'
import { allHeard, databases, events, instance, noop, sibling } from '../../test/behaviour/kit.ts'
import { named } from '../../test/faults.ts'

const listening = { workers: [noop], queues: { default: 1 }, start: true } as const

describe.each(databases)('a node on %s that listens', (_, database) => {
  test('passes over what makes no sense, and hears what comes after it', async () => {
    // Nothing but a notice can tell it of the job.
    const staffa = await instance({ database: database(), ...listening, stager: false })
    const garbage = events('notifier.garbage', staffa.node)
    const channel = `${staffa.prefix}.oban_insert`
    const texts = ['', 'not json', '{', 'null', '[]', '7', 'H4sIgarbage', 'Z:%%%', '{"queue":{}}', '{"queue":null}']
    for (const text of texts) await staffa.query('SELECT pg_notify($1, $2)', [channel, text])
    const program = await sibling(staffa)

    expect(await settled(staffa, await program.insert(noop.new({})))).toMatchObject({ state: 'completed' })
    expect(garbage.map((event) => event.channel)).toEqual(texts.map(() => 'insert'))
  })

  test('does not heed what is meant for another node', async () => {
    const staffa = await instance({ database: database(), ...listening, name: 'One', node: 'here' })
    const pause = async (ident: string | undefined) => {
      await staffa.notify('signal', { action: 'pause', queue: 'default', ident })
      await allHeard(staffa)

      return staffa.queues.check('default')?.paused
    }

    for (const ident of ['One.elsewhere', 'Two.here', 'One', '']) expect(await pause(ident)).toBe(false)
    expect(await pause('One.here')).toBe(true)
  })

  test('does not suffer from those who listen and fail', async () => {
    const staffa = await instance({ database: database(), ...listening, stager: false })
    const failures = events('failure', staffa.node)
    const throws = () => {
      throw new Error('no')
    }
    const rejects = async () => throws()
    const switches = events('notifier.switch', staffa.node)
    for (const bad of [throws, rejects]) staffa.listen('news', bad, bad)
    const heard = new Promise((resolve) => {
      staffa.listen('news', resolve, () => void staffa.notify('news', { n: 1 }))
    })

    expect(await heard).toEqual({ n: 1 })
    expect(await settled(staffa, await staffa.insert(noop.new({})))).toMatchObject({ state: 'completed' })
    expect(failures.map(({ where }) => where)).toEqual(Array.from({ length: 4 }, () => 'listener of news'))
    expect(switches).toEqual([])
  })
})

describe.each(databases)('a node on %s without notices', (_, database) => {
  test.each(['by choice', 'for want of them'])('looks for jobs every stager interval: %s', async (why) => {
    const staffa = await instance({ database: database() })
    const deaf = { ...staffa.database, listen: undefined }
    const node = await sibling(staffa, {
      ...listening,
      stager: { interval: { milliseconds: 20 } },
      ...(why === 'by choice' ? { notifier: 'poll' } : { database: deaf }),
    })
    const switches = events('notifier.switch', node.node)
    const jobs = await staffa.insertAll([noop.new({}), noop.new({}, { scheduleIn: { milliseconds: 50 } })])

    for (const job of jobs) expect(await settled(staffa, job)).toMatchObject({ state: 'completed' })
    expect(switches).toEqual([])
  })
})

test('a connection that is lost while it listens is opened again, and what was missed is found', async () => {
  const url = inject('databaseUrl')
  const name = `listener-${process.pid}`
  const staffa = await instance({ database: named(url, name), ...listening, stager: false })
  const program = await instance({ database: url, prefix: staffa.prefix })
  const switches = events('notifier.switch', staffa.node)
  const again = untilEvent('notifier.switch', ({ node, status }) => node === staffa.node && status === 'listening')
  const lost = untilEvent('notifier.switch', ({ node, status }) => node === staffa.node && status === 'polling')
  await program.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'`,
    [name],
  )
  await lost
  const missed = await program.insert(noop.new({}))
  await again
  expect(await settled(program, missed)).toMatchObject({ state: 'completed' })
  expect(switches.map(({ status }) => status)).toEqual(['polling', 'listening'])

  expect(await settled(program, await program.insert(noop.new({})))).toMatchObject({ state: 'completed' })
})
