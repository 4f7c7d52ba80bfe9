import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Staffa } from '@staffa/core'
import { expect, test } from 'vitest'
import { lock } from './lock.ts'
import { pglite } from './pglite.ts'

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'staffa-lock-'))
  try {
    await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('a directory is open once at a time, under whatever path', () =>
  inDirectory(async (directory) => {
    const data = join(directory, 'data')
    const unlock = await lock(data)

    await expect(lock(`${directory}/./data/`)).rejects.toMatchObject({ code: 'DATABASE_IN_USE' })
    const other = await lock(join(directory, 'other'))
    await unlock()
    const again = await lock(data)
    await Promise.all([again(), again(), other()])
  }))

test('a second adapter is refused until the first is closed', { timeout: 60_000 }, () =>
  inDirectory(async (directory) => {
    const first = new Staffa({ database: pglite(directory) })
    await using second = new Staffa({ database: pglite(`file://${directory}`) })
    await first.migrate()

    await expect(second.jobs.list()).rejects.toMatchObject({ code: 'DATABASE_IN_USE', data: { directory } })
    await first.stop()
    await second.start()

    expect(await second.jobs.list()).toEqual([])
  }),
)
