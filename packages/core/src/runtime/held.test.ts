import { expect, test } from 'vitest'
import { aContext } from '../../test/a-context.ts'
import { aJob } from '../../test/a-job.ts'
import { jsonLogger, worker } from '../index.ts'
import { registry } from '../layers/registry.ts'
import { systemClock } from '../support/clock.ts'
import { StaffaError } from '../support/errors.ts'
import { Attempt, type Executed } from './executor.ts'
import { Held } from './held.ts'

const endless = worker({ name: 'endless' }).process(() => new Promise(() => {}))

function attemptAt(id: number, onEnded?: (executed: Executed) => void): Attempt {
  return new Attempt(
    aJob({ id, worker: endless.name }),
    {
      registry: registry([endless]),
      client: aContext().staffa,
      logger: jsonLogger({ write: () => {} }),
      clock: systemClock,
      acknowledgeThrough: async () => {},
    },
    onEnded,
  )
}

test('a job that is claimed again while it waits is run for its last claim alone', () => {
  const held = new Held()
  const [first, second] = [aJob({ id: 7, attempt: 1 }), aJob({ id: 7, attempt: 2 })]
  held.claim([first, aJob({ id: 8 })])

  expect(held.claim([second])).toBe(1)
  expect(held.size).toBe(2)
  expect([held.waiting.next()?.id, held.waiting.next()]).toEqual([8, second])
})

test('an attempt at a job that is claimed again has lost it, and goes on to be counted until its function has left', () => {
  const held = new Held()
  const ends: Executed[] = []
  const attempt = attemptAt(7, (executed) => ends.push(executed))
  held.running.add(attempt)
  attempt.start()
  held.claim([aJob({ id: 7, attempt: 2 })])

  expect(ends).toMatchObject([{ ended: { kind: 'raised', error: { code: 'LOST' } } }])
  expect(held.running.ids).toEqual([7])
  expect(held.claimed).toEqual([7]) // the new claim, which waits
  held.running.remove(attempt)
  expect(held.running.size).toBe(0)
})

test('jobs that have arrived count, and are received before anybody looks at what waits', () => {
  const held = new Held()
  const unbegun: number[] = []
  held.arrive(2, () => held.claim([aJob({ id: 7 }), aJob({ id: 8 })]))

  expect(held.size).toBe(2)
  expect(held.abort(7, new StaffaError('CANCELLED', 'by hand'), ({ id }) => unbegun.push(id))).toBe(true)
  expect(unbegun).toEqual([7])
  held.arrive(1, () => held.claim([aJob({ id: 9 })]))
  expect(held.ids).toEqual([8, 9])
  expect(held.size).toBe(2)
})

test('whatever order attempts leave in, the others stay', async () => {
  const { running } = new Held()
  const attempts = [1, 2, 3, 4, 5].map((id) => attemptAt(id))
  for (const attempt of attempts) running.add(attempt)

  for (const gone of [2, 4, 0]) running.remove(attempts[gone] as Attempt)
  expect(running.ids.toSorted()).toEqual([2, 4])
  running.add(attempts[0] as Attempt)
  running.remove(attempts[3] as Attempt)
  expect(running.ids.toSorted()).toEqual([1, 2])

  const idle = running.idle()
  for (const gone of [0, 1]) running.remove(attempts[gone] as Attempt)
  await idle
  expect(running.ids).toEqual([])
})
