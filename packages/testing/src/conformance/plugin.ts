import assert from 'node:assert/strict'
import {
  type AnyPlugin,
  cancel,
  complete,
  discard,
  fail,
  type JobContext,
  type JsonObject,
  type Outcome,
  snooze,
} from '@staffa/core/plugin'
import { execute, insert, jobOf, noClient, noDatabase, type Passage, type Subject } from './plugin-bench.ts'

/** Registers a test with a name: `test` of vitest, of `node:test`, or of whatever runs yours. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown

/** The plugin to try, and what suits it. */
export interface PluginSubject {
  /** Makes the plugin; called anew for each test. */
  readonly plugin: () => AnyPlugin
  /** Args that the plugin takes. Defaults to a bit of everything that JSON can hold. */
  readonly args?: JsonObject | undefined
  /** What the layers inside the plugin find as args, after those were stored. Defaults to the same args. */
  readonly parsed?: unknown
}

const someArgs: JsonObject = Object.freeze({
  text: 'a "quoted" ✓ line\n',
  number: -1.5e-7,
  list: [true, null, [], {}],
  nested: { '': { data: 'v1' } },
})

/** Registers the tests of what every plugin must do, so that any of them can stand beside any other. */
export function pluginConformance(test: RegisterTest, { plugin, args = someArgs, parsed = args }: PluginSubject): void {
  const parts = plugin()
  const subject = (): Subject => ({ plugin: plugin(), args })
  const register = (name: string, run: () => Promise<void>) => test(`${parts.plugin || 'a plugin'} ${name}`, run)

  register('is a value with a name, made of parts that core knows', async () => isPlugin(plugin()))
  register('stores what survives JSON', () => survivesJson(subject()))
  register('leaves the meta of other plugins alone', () => keepsMeta(subject()))
  register('hands inwards what was handed to it, and nothing else outwards', () => mirrors(subject(), parsed))
  register('keeps what outer layers added to the context', () => keepsContext(subject()))
  for (const outcome of outcomes) {
    register(`leaves an outcome alone that is ${outcome.kind}`, () => keepsOutcome(subject(), outcome))
  }
  register('passes on what is thrown inside', () => passesErrors(subject()))
  register('calls next() at most once', () => callsNextOnce(subject()))
  register('keeps jobs apart that run at the same time', () => keepsApart(subject()))
  if (parts.settle) register('settles jobs that it knows nothing of', () => settlesStrangers(plugin()))
  if (parts.protect) register('opens what it has sealed', () => protects(plugin()))
  if (parts.migrations) register('names its migrations apart', async () => migrates(plugin()))
}

const outcomes: readonly Outcome[] = [
  complete({ answer: 42 }),
  snooze({ minutes: 5 }),
  cancel('no longer wanted'),
  discard('beyond hope'),
  fail('not yet'),
]

const parts: Readonly<Record<string, 'function' | 'object'>> = {
  insert: 'function',
  execute: 'function',
  settle: 'function',
  protect: 'object',
  migrations: 'object',
}

function isPlugin(plugin: AnyPlugin): void {
  const { plugin: name, ...given } = plugin
  assert.ok(typeof name === 'string' && name.length > 0, 'expected the plugin to have a name, under `plugin`')
  for (const [part, value] of Object.entries(given).filter(([, value]) => value !== undefined)) {
    assert.ok(Object.hasOwn(parts, part), `expected the parts of a plugin, got ${part}`)
    assert.equal(typeof value, parts[part], `the type of ${part}`)
  }
}

async function survivesJson(subject: Subject): Promise<void> {
  const { stored } = await insert(subject)

  assert.deepEqual(JSON.parse(JSON.stringify([stored.args, stored.meta])), [stored.args, stored.meta])
}

async function keepsMeta(subject: Subject): Promise<void> {
  const { stored } = await insert(subject)
  const { context } = (await execute(subject)).inside

  assert.deepEqual(stored.meta.inside, { kept: true }, 'what an inner layer puts into meta at insertion')
  assert.deepEqual(context?.job.meta.inside, { kept: true }, 'what an inner layer finds in meta at execution')
}

/** Inside the plugin args are what they were, outside of it they are what is stored. */
async function mirrors(subject: Subject, parsed: unknown): Promise<void> {
  const { inside, outside, stored } = await execute(subject)

  assert.deepEqual(inside.context?.args, parsed, 'the args for the layers inside')
  assert.deepEqual(outside.context?.args, stored.args, 'the args for the layers outside')
  assert.deepEqual(outside.context?.args, outside.job?.args, 'the args that the layers outside have passed on')
}

async function keepsContext(subject: Subject): Promise<void> {
  const { inside, outside } = await execute(subject)
  const [outer, inner] = [outside.context, inside.context] as [JobContext, JobContext & Record<string, unknown>]

  assert.equal(inner.outside, outside, 'what an outer layer added to the context')
  for (const name of ['job', 'signal', 'staffa', 'logger', 'acknowledge', 'seal', 'onEnd'] as const) {
    assert.equal(typeof inner[name], typeof outer[name], `${name} in the context`)
  }
  assert.equal(inner.job.id, outer.job.id, 'the job in the context')
}

async function keepsOutcome(subject: Subject, outcome: Outcome): Promise<void> {
  const { ended } = await execute({ ...subject, handler: async () => outcome })
  assert.ok(ended, `expected ${outcome.kind}, got an error`)
  const { meta, ...rest } = ended

  assert.deepEqual({ ...rest, ...outcome }, rest, 'the outcome')
  assert.deepEqual(meta?.inside, { kept: true }, 'the meta that an inner layer has added to the outcome')
}

async function passesErrors(subject: Subject): Promise<void> {
  const error = new Error('thrown inside')
  const thrower = async () => Promise.reject(error)

  assert.equal((await execute({ ...subject, handler: thrower })).thrown, error, 'what the layers outside are thrown')
}

async function callsNextOnce(subject: Subject): Promise<void> {
  const handlers = [...outcomes.map((outcome) => async () => outcome), async () => Promise.reject(new Error('inside'))]
  for (const handler of handlers) {
    const { calls } = await execute({ ...subject, handler })
    assert.ok(calls <= 1, `expected next() to be called once, got ${calls} calls`)
  }
}

async function keepsApart({ plugin, args }: Subject): Promise<void> {
  const ids = [11, 12, 13, 14, 15]
  const handler = async ({ job }: JobContext) => complete(job.id)
  const passages = await Promise.all(ids.map((id) => execute({ plugin, args, handler, id })))

  assert.deepEqual(passages.map(resultOf), ids, 'the results of jobs that ran at once')
}

function resultOf({ ended }: Passage): unknown {
  return ended?.kind === 'completed' ? ended.value : undefined
}

/** Instances settle everything that ended, whoever's it was. */
async function settlesStrangers({ settle }: AnyPlugin): Promise<void> {
  assert.ok(settle)
  const untouched = { query: async () => assert.fail('expected nothing to be written where nothing has ended') }
  await settle([], untouched, noClient)
  for (const state of ['completed', 'cancelled', 'discarded'] as const) {
    await settle([{ job: jobOf({ args: {}, meta: {} }, { state }), state, by: 'attempt' }], noDatabase, noClient)
  }
}

async function protects({ protect }: AnyPlugin): Promise<void> {
  assert.ok(protect)
  const job = jobOf({ args: {}, meta: {} })
  for (const text of ['', '{}', 'a "quoted" ✓ line\n', 'long '.repeat(10_000)]) {
    assert.equal(await protect.open(await protect.seal(text, job), job), text, 'what was sealed, once opened')
  }
}

function migrates({ migrations = [] }: AnyPlugin): void {
  assert.equal(new Set(migrations.map(({ name }) => name)).size, migrations.length, 'the number of different names')
  for (const { up, down } of migrations) {
    for (const statement of [...up('"some schema"'), ...down('"some schema"')]) assert.equal(typeof statement, 'string')
  }
}
