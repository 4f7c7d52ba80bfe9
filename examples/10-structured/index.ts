import { isStaffaError, newJob, Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { type ArgsIssue, structured } from '@staffa/structured'
import { z } from 'zod'

const say = (line: string) => process.stdout.write(`${line}\n`)

// A schema: what callers pass is checked and stored, what the function sees is parsed.
const remind = worker({ name: 'remind' })
  .use(
    structured(
      z.object({
        to: z.email(),
        at: z.iso.datetime().transform((text) => new Date(text)),
        times: z.number().int().positive().default(1),
      }),
      { unknownKeys: 'error' },
    ),
  )
  .process(({ args }) => {
    say(`remind ${args.to} ${args.times} time(s), from ${args.at.toUTCString()}`)
  })

// Lists of keys do where a schema would be too much.
const greet = worker({ name: 'greet', maxAttempts: 1 })
  .use(structured({ keys: ['name', 'title'], required: ['name'] }))
  .process(({ args }) => {
    say(`hello ${args.title ?? 'dear'} ${args.name}`)
  })

const staffa = new Staffa({ database: pglite(), queues: { default: 1 }, workers: [remind, greet] })
await staffa.migrate()

const { args } = await staffa.insert(remind.new({ to: 'ann@example.com', at: '2030-01-01T09:00:00Z' }))
say(`stored as it was given: ${JSON.stringify(args)}`)

// Nothing is inserted when a single job of the list does not fit.
const wrong = { to: 'nobody', at: 'tomorrow', too: 'ann' }
await staffa
  .insertAll([remind.new({ to: 'bob@example.com', at: '2030-01-01T09:00:00Z' }), remind.new(wrong)])
  .catch((error) => {
    if (!isStaffaError(error, 'INVALID_ARGS')) throw error
    const issues = error.data.issues as readonly ArgsIssue[]
    say(`refused for ${issues.map(({ path }) => path.join('.')).join(', ')}`)
  })
say(`jobs that are stored: ${await staffa.jobs.count({})}`)

// What another program has stored is checked before it runs.
await staffa.insert(greet.new({ name: 'Ann', title: 'Dr' }))
const { id } = await staffa.insert(newJob('greet', { title: 'Ms', nmae: 'Bob' }, { maxAttempts: 1 }))
await staffa.drain({ queue: 'default' })
const stranger = await staffa.jobs.get(id)
say(`the stranger's job is ${stranger?.state}: ${stranger?.errors[0]?.error.split('\n', 1)[0]}`)
await staffa.stop()
