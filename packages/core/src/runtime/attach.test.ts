import { testStaffa, untilEvent } from '@staffa/testing'
import { describe, expect, inject, test } from 'vitest'
import type { ServiceHost } from './host.ts'
import type { Service } from './service.ts'

interface Recording extends Service {
  readonly hosts: readonly ServiceHost[]
  readonly heard: readonly unknown[]
  /** Resolves when so many notices were heard. */
  until(count: number): Promise<void>
}

/** A service that does nothing but listen. */
function recording(): Recording {
  const hosts: ServiceHost[] = []
  const heard: unknown[] = []
  let wanted = { count: Number.POSITIVE_INFINITY, enough: () => {} }

  return {
    hosts,
    heard,
    until: (count) =>
      new Promise((resolve) => {
        wanted = { count, enough: resolve }
      }),
    attach: (host) => {
      hosts.push(host)
      host.listen('weather', (notice) => {
        heard.push(notice)
        if (heard.length >= wanted.count) wanted.enough()
      })
    },
    start: () => {},
    stop: async () => {},
  }
}

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('a service on %s', (_, url) => {
  test('is told once of its instance, when that is made', async () => {
    const service = recording()
    await using staffa = await testStaffa({ database: url(), services: [service] })
    const [host] = service.hosts

    expect(host?.client.node).toBe(staffa.node)
    expect(host?.isLeader()).toBe(false)
    const elected = untilEvent('leader.election', ({ node }) => node === staffa.node)
    await staffa.start()
    await elected
    expect(host?.isLeader()).toBe(true)
    expect(service.hosts).toHaveLength(1)
  })

  test('hears the notices of a channel that it asked for, as every other listener does', async () => {
    const [mine, other] = [recording(), recording()]
    const listening = untilEvent('notifier.switch', ({ status }) => status === 'listening')
    await using _staffa = await testStaffa({ database: url(), services: [mine, other], start: true })
    await listening
    const all = Promise.all([mine.until(1), other.until(1)])
    await mine.hosts[0]?.notify('weather', { rain: true })
    await all

    expect([mine.heard, other.heard]).toEqual([[{ rain: true }], [{ rain: true }]])
  })
})
