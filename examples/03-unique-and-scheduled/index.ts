import { Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'

const say = (line: string) => process.stdout.write(`${line}\n`)
const sent = Promise.withResolvers<void>()

// One reminder a person in five minutes, however often it is asked for.
const remind = worker({ name: 'remind', unique: { period: { minutes: 5 }, keys: ['person'] } })
  .typed<{ person: string; text: string }>()
  .process(({ args, job }) => {
    const early = job.attemptedAt !== undefined && job.attemptedAt < job.scheduledAt
    say(`to ${args.person}: ${args.text}${early ? ', too early' : ''}`)
    if (args.person === 'Ben') sent.resolve()
  })

await using staffa = new Staffa({ database: pglite(), queues: { default: 5 }, workers: [remind] })
await staffa.migrate()

const first = await staffa.insert(remind.new({ person: 'Ann', text: 'water the plants' }))
const again = await staffa.insert(remind.new({ person: 'Ann', text: 'water the plants, please' }))
say(`asked twice, stored once: ${again.id === first.id && again.conflict}`)

// While the job waits, a new text may take the place of the old one.
const replaced = await staffa.insert(
  remind.new({ person: 'Ann', text: 'feed the cat' }, { replace: { available: ['args'], scheduled: ['args'] } }),
)
say(`the text is now: ${replaced.args.text}`)

// A list is no exception: equal jobs in it are stored once.
const people = ['Ben', 'Ben', 'Cleo', 'Ann']
const listed = await staffa.insertAll(
  people.map((person) => remind.new({ person, text: 'stand up' }, { scheduleIn: { milliseconds: 500 } })),
)
say(`of ${people.length} more, ${listed.filter(({ conflict }) => !conflict).length} were new`)

const tomorrow = new Date(Date.now() + 86_400_000)
const dora = await staffa.insert(remind.new({ person: 'Dora', text: 'come back' }, { scheduledAt: tomorrow }))
say(`Dora's is ${dora.state}`)

await staffa.start()
await sent.promise
