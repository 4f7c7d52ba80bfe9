import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isStaffaError, type Worker, worker } from '@staffa/core'
import { settled, type TestStaffa, testStaffa } from '@staffa/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fetchRecorded, fileStorage, recorded, type Storage } from '../index.ts'

describe('a storage of files', () => {
  it('keeps bytes under a key, replaces them, and forgets them', async () => {
    const storage = fileStorage(join(await temporary(), 'made', 'when', 'missing'))
    const key = '12-8f14e45f'

    expect(await storage.get(key)).toBeUndefined()
    await storage.put(key, Buffer.from('one'))
    await storage.put(key, Buffer.from('two'))
    expect(Buffer.from((await storage.get(key)) ?? []).toString()).toBe('two')
    await storage.delete(key)
    await storage.delete(key)
    expect(await storage.get(key)).toBeUndefined()
  })

  it.each(['../secret', '..', '.', 'a/b', 'a\\b', '', 'a', 'a\0b', 'C:b', 'a.txt', 'x'.repeat(201)])(
    'lets no key lead elsewhere: %j',
    async (key) => {
      const directory = await temporary()
      await writeFile(join(directory, 'secret'), 'secret')
      const storage = fileStorage(join(directory, 'inside'))

      for (const use of [() => storage.get(key), () => storage.put(key, Buffer.of(1)), () => storage.delete(key)]) {
        await expect((async () => use())()).rejects.toThrow('expected the key of a result to be of letters, digits')
      }
      expect(await readdir(directory)).toEqual(['secret'])
    },
  )

  it('shows nobody half of a result, and leaves no draft behind', async () => {
    const directory = await temporary()
    const storage = fileStorage(directory)
    const writers = Array.from({ length: 20 }, (_, index) => storage.put('same-key', Buffer.alloc(100_000, index)))
    await Promise.all(writers)
    const bytes = await storage.get('same-key')

    expect(new Set(bytes).size).toBe(1)
    expect(await readdir(join(directory, 'ey'))).toEqual(['same-key'])
  })

  it('takes a path', () => {
    expect(() => fileStorage('')).toThrow('expected directory to be a path')
    expect(() => fileStorage(undefined as never)).toThrow('expected directory to be a path')
  })
})

describe('a worker with a storage', () => {
  it('keeps large results there, and in the job where they are', async () => {
    const storage = fileStorage(await temporary())
    const large = () => Array.from({ length: 5_000 }, (_, index) => Math.sin(index))
    const wide = worker({ name: 'wide' }).use(recorded({ storage })).process(large)
    await using staffa = await running(wide)
    const job = await settled(staffa, await staffa.insert(wide.new({})))
    const key = String(job.meta.return)

    expect(job.meta).toMatchObject({ recorded: true, storage: 'files', size: expect.any(Number) })
    expect(key).toMatch(new RegExp(`^${job.id}-[0-9a-f-]{36}$`))
    expect((await storage.get(key))?.length).toBe(job.meta.size)
    expect(job.meta.size).toBeGreaterThan(32_000)
    expect(await fetchRecorded(staffa, wide, job)).toEqual(large())
  })

  it('finds nothing once the storage has let go of it', async () => {
    const storage = fileStorage(await temporary())
    const one = worker({ name: 'one' })
      .use(recorded({ storage }))
      .process(() => 1)
    await using staffa = await running(one)
    const job = await settled(staffa, await staffa.insert(one.new({})))
    await storage.delete(String(job.meta.return))

    expect(await fetchRecorded(staffa, one, job)).toBeUndefined()
  })

  it('forgets the result of an earlier run, and of an earlier place', async () => {
    const storage = fileStorage(await temporary())
    const build = (place: Storage | undefined) =>
      worker({ name: 'again' })
        .use(recorded({ storage: place }))
        .process(({ job }) => job.attempt)
    await using first = await running(build(storage))
    const before = await settled(first, await first.insert(build(storage).new({})))
    const after = await rerun(first, before.id)

    expect(await storage.get(String(before.meta.return))).toBeUndefined()
    expect(await fetchRecorded(first, build(storage), after)).toBe(2)
    await first.stop()

    const place = { database: first.database, prefix: first.prefix }
    await using second = await testStaffa({
      ...place,
      workers: [build(undefined)],
      queues: { default: 1 },
      start: true,
    })
    const last = await rerun(second, before.id)
    expect(last.meta).toMatchObject({ storage: null, size: null })
    expect(await fetchRecorded(second, build(undefined), last)).toBe(3)
  })

  it('says when the result is in another storage', async () => {
    const storage = fileStorage(await temporary())
    const build = (place: Storage) =>
      worker({ name: 'moved' })
        .use(recorded({ storage: place }))
        .process(() => 1)
    await using staffa = await running(build(storage))
    const job = await settled(staffa, await staffa.insert(build(storage).new({})))
    const error = await fetchRecorded(staffa, build({ ...storage, name: 'cloud' }), job).catch((reason) => reason)

    expect(isStaffaError(error, 'RESULT_UNREADABLE')).toBe(true)
    expect(error.cause.message).toContain('got "cloud"')
  })

  it('fails the attempt, or the fetch, when the storage does not answer', async () => {
    const away = async () => Promise.reject(new Error('away'))
    const build = (storage: Storage) =>
      worker({ name: 'remote', maxAttempts: 1 })
        .use(recorded({ storage }))
        .process(() => 1)
    const storage: Storage = { ...fileStorage(await temporary()), put: away }
    await using staffa = await running(build(storage))
    const job = await settled(staffa, await staffa.insert(build(storage).new({})))
    expect(job).toMatchObject({ state: 'discarded', errors: [{ error: expect.stringContaining('STORAGE_FAILED') }] })

    const kept = { ...job, state: 'completed', meta: { return: 'key-1', storage: 'files' } } as const
    const fetching = fetchRecorded(staffa, build({ ...storage, get: away }), kept)
    expect(isStaffaError(await fetching.catch((reason) => reason), 'STORAGE_FAILED')).toBe(true)
  })
})

function running(only: Worker): Promise<TestStaffa> {
  return testStaffa({ workers: [only], queues: { default: 1 }, start: true })
}

async function rerun(staffa: TestStaffa, id: number) {
  const ended = settled(staffa, id, { states: ['executing'] }).then(() => settled(staffa, id))
  await staffa.jobs.retry(id)

  return ended
}

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'staffa-recorded-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))

  return directory
}
