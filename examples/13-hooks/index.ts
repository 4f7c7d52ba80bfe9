import { cancel, Staffa, worker } from '@staffa/core'
import { attachHook, type Hook, hooks } from '@staffa/hooks'
import { pglite } from '@staffa/pglite'

const say = (line: string) => process.stdout.write(`${line}\n`)
const told = Promise.withResolvers<void>()

// One for all workers: a metric.
const counts = new Map<string, number>()
const metrics: Hook = { afterProcess: (state) => counts.set(state, (counts.get(state) ?? 0) + 1) }
attachHook(metrics)

// One that several workers share: no job without a tag.
const tagged: Hook = {
  beforeNew: (job) => (job.tags.length > 0 ? undefined : { ...job, tags: ['untagged'] }),
}

// A worker's own: they know the args.
const deliver = worker({ name: 'deliver', maxAttempts: 1 })
  .typed<{ parcel: string; to: string }>()
  .use(
    hooks(
      {
        beforeProcess: ({ args }) => (args.to === '' ? cancel('there is no address') : undefined),
        afterProcess: (state, { args, job }, result) => {
          const why = result instanceof Error ? result.message : String(result)
          say(`${args.parcel}: ${state} in attempt ${job.attempt} (${why}), tagged ${job.tags.join(', ')}`)
        },
        onCancelled: (reason, { id }) => {
          say(`job ${id} was cancelled before it ran: ${reason}`)
          told.resolve()
        },
      },
      tagged,
    ),
  )
  .process(({ args }) => {
    if (args.to === 'the moon') throw new Error('too far away')

    return `left at ${args.to}`
  })

const staffa = new Staffa({ database: pglite(), queues: { default: 1 }, workers: [deliver] })
await staffa.migrate()
await staffa.insertAll([
  deliver.new({ parcel: 'lamp', to: 'the door' }, { tags: ['fragile'] }),
  deliver.new({ parcel: 'flag', to: 'the moon' }),
  deliver.new({ parcel: 'card', to: '' }),
])
const late = await staffa.insert(deliver.new({ parcel: 'sofa', to: 'the attic' }, { scheduleIn: { days: 1 } }))
await staffa.drain({ queue: 'default' })

// Nobody runs this one, and its hooks are told all the same.
await staffa.start()
await staffa.jobs.cancel(late.id)
await told.promise
await staffa.stop()
say([...counts].map(([state, count]) => `${state} ${count}`).join(', '))
