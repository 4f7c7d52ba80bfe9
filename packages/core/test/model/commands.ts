import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { FinalState } from '../../src/job/state.ts'
import { prepare } from '../../src/layers/prepare.ts'
import { newJob } from '../../src/lifecycle/describe.ts'
import { change, chosen, ended, type Model, type ModelJob, rescued } from './model.ts'
import { agree, node, producers, queues, type System } from './system.ts'

/** A command with its data: `run` carries it out on both sides, and everything is compared afterwards. */
class Step<Data> implements fc.AsyncCommand<Model, System> {
  readonly #name: string
  readonly #data: Data
  readonly #act: (data: Data, model: Model, system: System) => Promise<void>

  constructor(name: string, data: Data, act: (data: Data, model: Model, system: System) => Promise<void>) {
    this.#name = name
    this.#data = data
    this.#act = act
  }

  check(): boolean {
    return true
  }

  async run(model: Model, system: System): Promise<void> {
    system.clock.time = model.now
    await this.#act(this.#data, model, system)
    await agree(model, system)
  }

  toString(): string {
    return `${this.#name}(${JSON.stringify(this.#data)})`
  }
}

function step<Data>(
  name: string,
  data: fc.Arbitrary<Data>,
  act: (data: Data, model: Model, system: System) => Promise<void>,
): fc.Arbitrary<fc.AsyncCommand<Model, System>> {
  return data.map((value) => new Step(name, value, act))
}

const insert = step(
  'insert',
  fc.record({
    queue: fc.constantFrom(...queues),
    priority: fc.nat(2),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    delay: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
    key: fc.option(fc.nat(1), { nil: undefined }),
  }),
  async ({ queue, priority, maxAttempts, delay, key }, model, { engine }) => {
    const scheduleIn = delay === undefined ? undefined : { milliseconds: delay }
    const unique = key === undefined ? undefined : ({ period: 10, keys: ['key'], fields: ['args'] } as const)
    const job = newJob('modelled', { key: key ?? -1 }, { queue, priority, maxAttempts, scheduleIn, unique })
    const prepared = await prepare(job, [])
    const [twin] = chosen(
      model,
      (other) => isTwin(other, prepared.fingerprint, model.now),
      ({ id }) => [id],
    )
    const [inserted] = await engine.insertJobs([prepared])
    assert.ok(inserted)
    assert.equal(inserted.conflict, twin !== undefined)
    if (twin) return assert.equal(inserted.id, twin.id)

    model.jobs.set(inserted.id, {
      ...{ id: inserted.id, queue, priority, maxAttempts, attempt: 0, errors: 0, snoozed: 0, rescued: 0, endedAt: {} },
      ...{ state: delay === undefined ? 'available' : 'scheduled', attemptedAt: undefined, producer: undefined },
      ...{ insertedAt: model.now, scheduledAt: model.now + (delay ?? 0), fingerprint: prepared.fingerprint },
    })
  },
)

function isTwin(job: ModelJob, fingerprint: string | undefined, now: number): boolean {
  const counts = job.state !== 'cancelled' && job.state !== 'discarded'

  return fingerprint !== undefined && job.fingerprint === fingerprint && counts && job.insertedAt >= now - 10_000
}

const stage = step('stage', fc.integer({ min: 1, max: 3 }), async (limit, model, { engine }) => {
  const waits = ({ state }: ModelJob) => state === 'scheduled' || state === 'retryable'
  const due = chosen(
    model,
    (job) => waits(job) && job.scheduledAt <= model.now,
    (job) => [job.scheduledAt, job.id],
  )
  const { count } = await engine.stageJobs({ limit, queues: [] })
  assert.equal(count, Math.min(limit, due.length))
  for (const job of due.slice(0, limit)) change(model, job, { state: 'available' })
})

const fetch = step(
  'fetch',
  fc.record({
    queue: fc.constantFrom(...queues),
    limit: fc.integer({ min: 1, max: 4 }),
    producer: fc.constantFrom(...producers),
  }),
  async ({ queue, limit, producer }, model, { engine }) => {
    const waits = (job: ModelJob) => job.state === 'available' && job.queue === queue
    const order = (job: ModelJob) => [job.priority, job.scheduledAt, job.id]
    const taken = chosen(model, waits, order).slice(0, limit)
    const runnable = taken.filter((job) => job.attempt < job.maxAttempts)
    const { jobs, discarded } = await engine.fetchJobs({ queue, limit, node, producer })
    assert.deepEqual(
      jobs.map(({ id }) => id),
      runnable.map(({ id }) => id),
    )
    assert.equal(discarded.length, taken.length - runnable.length)
    for (const job of taken) {
      const claim = { attemptedAt: model.now, producer }
      if (runnable.includes(job)) change(model, job, { ...claim, state: 'executing', attempt: job.attempt + 1 })
      else change(model, job, { ...claim, ...ended(model, job, 'discarded'), errors: job.errors + 1 })
    }
  },
)

const ends = ['completed', 'cancelled', 'discarded', 'retryable', 'scheduled', 'available'] as const

const ack = step(
  'ack',
  fc.record({
    pick: fc.nat(20),
    end: fc.constantFrom(...ends),
    delay: fc.nat(3_000),
    producer: fc.option(fc.constantFrom(...producers), { nil: undefined }),
    late: fc.boolean(),
  }),
  async ({ pick, end, delay, producer, late }, model, { engine }) => {
    const job = pickFrom(model, pick)
    if (!job) return
    const own = producer ?? job.producer ?? producers[0]
    const attempt = late ? Math.max(0, job.attempt - 1) : job.attempt
    const belongs = job.state === 'executing' && job.producer === own && job.attempt === attempt
    const fails = end === 'retryable' || end === 'discarded' || end === 'cancelled'
    const written = await engine.ackJobs(
      [
        {
          id: job.id,
          attempt,
          state: end,
          ...(fails && { error: 'why not' }),
          ...((end === 'retryable' || end === 'scheduled') && { delay }),
          ...((end === 'scheduled' || end === 'available') && { refund: true }),
          ...(end === 'scheduled' && { meta: { snoozed: job.snoozed + 1 } }),
        },
      ],
      { producers: [own] },
    )
    assert.equal(written.size === 1, belongs)
    if (belongs) change(model, job, afterAck(model, job, { end, delay }))
  },
)

function afterAck(model: Model, job: ModelJob, { end, delay }: { end: (typeof ends)[number]; delay: number }) {
  const later = { scheduledAt: model.now + delay }
  switch (end) {
    case 'completed':
      return ended(model, job, end)
    case 'cancelled':
    case 'discarded':
      return { ...ended(model, job, end), errors: job.errors + 1 }
    case 'retryable':
      return { ...later, state: end, errors: job.errors + 1 }
    case 'scheduled':
      return { ...later, state: end, attempt: job.attempt - 1, snoozed: job.snoozed + 1 }
    case 'available':
      return { state: end, attempt: job.attempt - 1 }
  }
}

function pickFrom({ jobs }: Model, pick: number): ModelJob | undefined {
  const all = [...jobs.values()]

  return all[pick % Math.max(1, all.length)]
}

const finals: readonly string[] = ['completed', 'cancelled', 'discarded'] satisfies FinalState[]

const cancel = step('cancel', fc.nat(20), async (pick, model, { engine }) => {
  const job = pickFrom(model, pick)
  if (!job) return
  const open = !finals.includes(job.state)
  const changed = await engine.cancelJobs({ id: job.id })
  assert.deepEqual(
    changed.map(({ before }) => before),
    open ? [job.state] : [],
  )
  if (open) change(model, job, ended(model, job, 'cancelled'))
})

const retry = step('retry', fc.nat(20), async (pick, model, { engine }) => {
  const job = pickFrom(model, pick)
  if (!job) return
  const changes = job.state !== 'available' && job.state !== 'executing'
  const changed = await engine.retryJobs({ id: job.id })
  assert.equal(changed.length, changes ? 1 : 0)
  const maxAttempts = Math.max(job.maxAttempts, job.attempt + 1)
  if (changes) change(model, job, { state: 'available', maxAttempts, scheduledAt: model.now, endedAt: {} })
})

const remove = step('delete', fc.nat(20), async (pick, model, { engine }) => {
  const job = pickFrom(model, pick)
  if (!job) return
  const { deleted } = await engine.transaction((on) => engine.deleteJobs({ id: job.id }, on))
  assert.equal(deleted.length, job.state === 'executing' ? 0 : 1)
  if (job.state !== 'executing') model.jobs.delete(job.id)
})

const beat = step('beat', fc.constantFrom(...producers), async (uuid, model, { engine }) => {
  const meta = { staffa: true }
  const known = model.beats.has(uuid)
  const forgotten = await engine.beatProducers([{ uuid, name: 'Oban', node, queue: 'alpha', meta }])
  assert.deepEqual(forgotten, known ? [] : [uuid])
  model.beats.set(uuid, model.now)
})

const rescue = step('rescue', fc.constantFrom(2_000, 6_000), async (lease, model, { engine }) => {
  const dead = [...model.beats].filter(([, at]) => at < model.now - lease).map(([uuid]) => uuid)
  const orphans = chosen(
    model,
    (job) => job.state === 'executing' && dead.includes(String(job.producer)),
    (job) => [job.attemptedAt ?? 0, job.id],
  )
  const changed = await engine.rescueJobs({ lease, age: undefined, missing: [], limit: 100 })
  assert.deepEqual(changed.map(({ job }) => job.id).sort(), orphans.map(({ id }) => id).sort())
  for (const uuid of dead) model.beats.delete(uuid)
  for (const job of orphans) change(model, job, rescued(model, job))
})

const prune = step(
  'prune',
  fc.record({ state: fc.constantFrom<FinalState>('completed', 'cancelled', 'discarded'), age: fc.nat(4_000) }),
  async ({ state, age }, model, { engine }) => {
    const endOf = (job: ModelJob) => job.endedAt[state] ?? Number.POSITIVE_INFINITY
    const old = chosen(
      model,
      (job) => job.state === state && endOf(job) < model.now - age,
      (job) => [job.id],
    )
    assert.equal(await engine.pruneJobs({ state, rule: { age }, others: [], limit: 100 }), old.length)
    for (const { id } of old) model.jobs.delete(id)
  },
)

const advance = step('advance', fc.integer({ min: 1, max: 6_000 }), async (milliseconds, model) => {
  model.now += milliseconds
})

export const commands = [
  insert,
  insert,
  stage,
  fetch,
  fetch,
  ack,
  ack,
  cancel,
  retry,
  remove,
  beat,
  rescue,
  prune,
  advance,
  advance,
]
