import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isStaffaError, Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { fetchRecorded, fileStorage, recorded, waitForRecorded } from '@staffa/recorded'

const say = (line: string) => process.stdout.write(`${line}\n`)

// What the function returns is kept, with all of its types.
const measure = worker({ name: 'measure' })
  .use(recorded())
  .typed<{ words: readonly string[] }>()
  .process(({ args }) => ({
    lengths: new Map(args.words.map((word) => [word, word.length])),
    letters: new Set(args.words.join('')),
    at: new Date(0),
  }))

// Elixir and Python programs, and Oban Web, read this one.
const sum = worker({ name: 'sum' })
  .use(recorded({ codec: 'erlang' }))
  .typed<{ of: readonly number[] }>()
  .process(({ args }) => args.of.reduce((total, part) => total + part, 0))

// Large results have a place of their own.
const directory = await mkdtemp(join(tmpdir(), 'staffa-example-'))
const draw = worker({ name: 'draw' })
  .use(recorded({ storage: fileStorage(directory) }))
  .process(() => Array.from({ length: 20_000 }, (_, index) => Math.sin(index)))

const give = worker({ name: 'give-up', maxAttempts: 1 })
  .use(recorded())
  .process((): number => {
    throw new Error('it is too hard')
  })

const staffa = new Staffa({ database: pglite(), queues: { default: 5 }, workers: [measure, sum, draw, give] })
await staffa.migrate()

// Waiting is being told: nobody polls.
const words = await staffa.insert(measure.new({ words: ['one', 'three', 'eleven'] }))
const measured = waitForRecorded(staffa, measure, words, { timeout: { seconds: 30 } })
await staffa.start()
const { lengths, letters, at } = (await measured) ?? {}
say(`lengths: ${[...(lengths ?? [])].map(([word, length]) => `${word} ${length}`).join(', ')}`)
say(`letters: ${[...(letters ?? [])].join('')}, at ${at?.toISOString()}`)

// Fetching is looking: undefined while there is nothing.
const later = await staffa.insert(sum.new({ of: [1, 2, 39] }, { scheduleIn: { seconds: 1 } }))
say(`before it has run: ${await fetchRecorded(staffa, sum, later.id)}`)
await waitForRecorded(staffa, sum, later)
say(`when it has: ${await fetchRecorded(staffa, sum, later.id)}`)
say(`as others read it: ${(await staffa.jobs.get(later.id))?.meta.return}`)

const drawing = await staffa.insert(draw.new({}))
const points = await waitForRecorded(staffa, draw, drawing)
say(`${points?.length} points in the storage called ${(await staffa.jobs.get(drawing.id))?.meta.storage}`)

const { id } = await staffa.insert(give.new({}))
await waitForRecorded(staffa, give, id).catch((error) => {
  if (!isStaffaError(error, 'JOB_DISCARDED')) throw error
  say(`nothing to wait for: ${error.data.reason}`)
})

await staffa.stop()
await rm(directory, { recursive: true })
