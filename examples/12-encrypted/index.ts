import { type Job, onTelemetry, Staffa, worker } from '@staffa/core'
import { encrypted, generateKey, keysInUse } from '@staffa/encrypted'
import { pglite } from '@staffa/pglite'

const say = (line: string) => process.stdout.write(`${line}\n`)

// A vault, in small: keys by name, and the one that is sealed with now.
const vault = new Map([['spring', generateKey()]])
let current = 'spring'

const charge = worker({ name: 'charge', maxAttempts: 1 })
  .use(
    encrypted({
      keyring: { current: () => ({ id: current, key: vault.get(current) ?? '' }), get: (id) => vault.get(id) },
    }),
  )
  .typed<{ card: string; amount: number }>()
  .process(({ args }) => {
    say(`charged ${args.amount} to the card that ends in ${args.card.slice(-4)}`)
  })

const staffa = new Staffa({ database: pglite(), queues: { default: 1 }, workers: [charge], logger: silent() })
await staffa.migrate()

// What is stored tells which key it needs, and nothing of what is inside.
const first = await staffa.insert(charge.new({ card: '4111 1111 1111 1234', amount: 20 }))
say(`stored: ${String(first.args.data).split('.').slice(0, 3).join('.')}.…`)
say(`the card can be read in the database: ${JSON.stringify(first).includes('4111')}`)

// A rotation: from now on jobs are sealed with another key, and the old one is still there for the old ones.
vault.set('summer', generateKey())
current = 'summer'
const second = await staffa.insert(charge.new({ card: '4222 2222 2222 5678', amount: 30 }))
const needed = await keysInUse(staffa, charge)
say(`keys that jobs need: ${[...needed].map(([id, jobs]) => `${id} (${jobs})`).join(', ')}`)

// Somebody throws the old key away too early.
const spring = vault.get('spring') ?? ''
vault.delete('spring')
const lost = nextEnd(first.id)
const fine = nextEnd(second.id)
await staffa.start()
say(`the second job is ${(await fine).state}`)
const { state, errors } = await lost
say(`the first job is ${state}: ${errors[0]?.error.split('\n', 1)[0]}`)

// No harm done: the job is still there, and the key comes back from a backup.
vault.set('spring', spring)
const found = nextEnd(first.id)
await staffa.jobs.retry(first.id)
say(`the first job is ${(await found).state}`)
await staffa.stop()

/** The job after its next attempt. */
async function nextEnd(id: number): Promise<Job> {
  await new Promise<void>((resolve) => {
    for (const name of ['job.stop', 'job.exception'] as const) {
      onTelemetry(name, ({ job }) => job.id === id && resolve())
    }
  })

  return (await staffa.jobs.get(id)) as Job
}

function silent() {
  return { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
}
