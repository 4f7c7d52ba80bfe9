import type { JobContext, JsonObject, NewJob, Plugin } from '@staffa/core'
import { complete, isStaffaError, worker } from '@staffa/core'
import { compose, transform } from '@staffa/core/internal'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { structured } from './index.ts'

const email = { name: 'send-email' }

const vendors = {
  zod: structured(z.object({ to: z.email(), at: z.iso.datetime().transform((text) => new Date(text)) })),
  valibot: structured(
    v.object({
      to: v.pipe(v.string(), v.email()),
      at: v.pipe(
        v.string(),
        v.isoTimestamp(),
        v.transform((text) => new Date(text)),
      ),
    }),
  ),
  arktype: structured(type({ to: 'string.email', at: 'string.date.iso.parse' })),
}

describe.each(Object.entries(vendors))('with a schema of %s', (_vendor, plugin) => {
  const args = { to: 'ann@example.com', at: '2030-01-01T00:00:00.000Z' }

  it('stores what the schema takes, and marks the job', async () => {
    const job = await insert(plugin, args)

    expect(job.args).toEqual(args)
    expect(job.meta).toEqual({ structured: true })
  })

  it('runs what the schema makes of it', async () => {
    expect(await run(plugin, args)).toEqual({ to: args.to, at: new Date(args.at) })
  })

  it('refuses args that do not fit, with every issue and its place', async () => {
    const error = await rejection(insert(plugin, { to: 'nobody' }))

    expect(isStaffaError(error, 'INVALID_ARGS')).toBe(true)
    expect(error.data.worker).toBe('send-email')
    expect(issuesOf(error).map(({ path }) => path)).toEqual(expect.arrayContaining([['to'], ['at']]))
    expect(error.message).toMatch(/^expected args to fit send-email, got .*\bto: .*; .*at: |at: .*; to: /)
  })

  it('fails the attempt of a stored job that no longer fits, without running it', async () => {
    const error = await rejection(run(plugin, { to: 'ann@example.com' }))

    expect(isStaffaError(error, 'INVALID_ARGS')).toBe(true)
    expect(issuesOf(error)).toMatchObject([{ path: ['at'] }])
  })
})

describe('structured', () => {
  it('keeps what other layers and callers wrote into the meta', async () => {
    const described = worker(email)
      .use(structured(z.object({})))
      .process(() => {})
      .new({}, { meta: { tenant: 7 } })

    expect((await transform([structured(z.object({}))], described)).meta).toEqual({ tenant: 7, structured: true })
  })

  it('waits for schemas that take their time, at insertion and at execution', async () => {
    const taken = z.object({ name: z.string().refine(async (name) => name !== 'ann', 'is taken') })
    const plugin = structured(taken)

    expect(issuesOf(await rejection(insert(plugin, { name: 'ann' })))).toEqual([
      { path: ['name'], message: 'is taken' },
    ])
    expect(issuesOf(await rejection(run(plugin, { name: 'ann' })))).toEqual([{ path: ['name'], message: 'is taken' }])
    expect(await run(plugin, { name: 'bob' })).toEqual({ name: 'bob' })
  })

  it('tells places inside lists and objects', async () => {
    const plugin = structured(z.object({ people: z.array(z.object({ age: z.number() })) }))
    const error = await rejection(insert(plugin, { people: [{ age: 1 }, { age: 'old' }] }))

    expect(issuesOf(error)).toMatchObject([{ path: ['people', 1, 'age'] }])
    expect(error.message).toContain('people.1.age: ')
  })

  it('tells the same of paths that a library gives as objects', async () => {
    const error = await rejection(insert(structured(v.object({ a: v.object({ b: v.number() }) })), { a: { b: 'x' } }))

    expect(issuesOf(error)).toMatchObject([{ path: ['a', 'b'] }])
  })

  it('fills in defaults when the job runs, and stores what was given', async () => {
    const plugin = structured(z.object({ size: z.number().default(3) }))

    expect((await insert(plugin, {})).args).toEqual({})
    expect(await run(plugin, {})).toEqual({ size: 3 })
  })

  it('quotes nothing of args that an outer layer keeps secret', async () => {
    const plugin = structured(v.object({ pin: v.number() }))
    const error = await rejection(run(plugin, { pin: 'hunter2' }, { confidential: true }))

    expect(JSON.stringify([error.message, error.data])).not.toContain('hunter2')
    expect(issuesOf(error)).toEqual([{ path: ['pin'], message: 'does not fit' }])
  })

  it('quotes nothing at insertion either, when a layer of the worker protects the args', async () => {
    const plugin = structured(v.object({ pin: v.number() }))
    const same = (text: string) => text
    const secretive = worker(email)
      .use({ plugin: 'secretive', protect: { seal: same, open: same } })
      .use(plugin)
      .process(() => {})
    const inserting = async () => transform(secretive.stack, secretive.new({ pin: 'hunter2' } as never))
    const error = await rejection(inserting())

    expect(JSON.stringify([error.message, error.data])).not.toContain('hunter2')
  })

  it('is defined with a shape and known options only', () => {
    expect(() => structured('name' as never)).toThrow('the shape of the args to be a Standard Schema, or an object')
    expect(() => structured(null as never)).toThrow('the shape of the args')
    expect(() => structured({ keys: ['a'] }, { unknownKeys: 'drop' as never })).toThrow('expected unknownKeys to be')
    expect(() => structured({ keys: ['a'] }, { unknownKey: 'error' } as never)).toThrow('did you mean "unknownKeys"?')
  })
})

type AnyStructured = Plugin<never, object, unknown>

async function insert(plugin: AnyStructured, args: JsonObject): Promise<NewJob> {
  const described = worker(email)
    .process(() => {})
    .new(args)

  return transform([plugin as Plugin], described)
}

/** The args that the worker's function would see. */
async function run(plugin: AnyStructured, args: JsonObject, around: object = {}): Promise<unknown> {
  const context = { job: { worker: email.name }, args, ...around } as unknown as JobContext
  const outcome = await compose([plugin as Plugin], async (inner) => complete(inner.args))(context)

  return outcome.kind === 'completed' ? outcome.value : outcome
}

async function rejection(promise: Promise<unknown>): Promise<Error & { readonly data: Record<string, unknown> }> {
  return promise.then(
    () => expect.unreachable('expected a rejection'),
    (error) => error,
  )
}

function issuesOf({ data }: { readonly data: Record<string, unknown> }): readonly { readonly path: unknown }[] {
  return data.issues as never
}
