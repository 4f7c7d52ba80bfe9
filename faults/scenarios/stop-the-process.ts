import { writeFile } from 'node:fs/promises'
import { onPostgres } from '../stage/on-postgres.ts'
import { byZombies } from './felt.ts'

/** A node sleeps through its lease, as on a laptop that is closed, and wakes up with jobs that are not its own any more. */
export const pauseNode = onPostgres({
  name: 'pause-node',
  fault: 'SIGSTOP of a node for longer than a lease, then SIGCONT',
  promise: 'what it ran runs elsewhere meanwhile; what it then says of those jobs is refused; it works on',
  resumesWithin: 20_000,
  load: { work: 400, rate: 60 },
  felt: byZombies,
  run: async (stage) => {
    const sleeper = stage.random.pick(stage.nodes.living)
    await stage.soon()
    await stage.fault('paused', [sleeper], async () => {
      await stage.pause(sleeper)
      await stage.taken(sleeper)
      await stage.wait(stage.random.between(0, 1_000))
      sleeper.signal('SIGCONT')
    })
  },
})

/** A handler computes for longer than a lease, and nothing else runs in its process. */
export const blockNode = onPostgres({
  name: 'block-node',
  fault: 'an event loop that is blocked for longer than a lease',
  promise: 'as for a process that was paused',
  resumesWithin: 20_000,
  load: { work: 400, rate: 60 },
  felt: byZombies,
  run: async (stage) => {
    const busy = stage.random.pick(stage.nodes.living)
    const over = `${busy.file}.over`
    await stage.soon()
    await stage.fault('blocked', [busy], async () => {
      busy.command({ action: 'block', until: over })
      await stage.taken(busy)
      await stage.wait(stage.random.between(0, 1_000))
      await writeFile(over, '')
    })
  },
})
