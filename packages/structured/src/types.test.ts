import type { Encoded, Json } from '@staffa/core'
import { type JobContext, type Next, type Plugin, worker } from '@staffa/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { structured } from './index.ts'

const w = worker({ name: 'typed' })

describe('the types of a structured worker', () => {
  it('take the input of the schema, and give its output', () => {
    const email = w
      .use(structured(z.object({ to: z.string(), at: z.iso.datetime().transform((text) => new Date(text)) })))
      .process(({ args }) => {
        expectTypeOf(args).toEqualTypeOf<{ to: string; at: Date }>()
      })

    expectTypeOf(email.new).parameter(0).toEqualTypeOf<{ to: string; at: string }>()
  })

  it('know the schemas of valibot and arktype', () => {
    const pages = v.object({ page: v.optional(v.pipe(v.string(), v.transform(Number)), '1') })
    const paged = w.use(structured(pages)).process(({ args }) => expectTypeOf(args).toEqualTypeOf<{ page: number }>())
    const dated = w
      .use(structured(type({ at: 'string.date.iso.parse' })))
      .process(({ args }) => expectTypeOf(args).toEqualTypeOf<{ at: Date }>())

    expectTypeOf(paged.new).parameter(0).toEqualTypeOf<{ page?: string | undefined }>()
    expectTypeOf(dated.new).parameter(0).toEqualTypeOf<{ at: string }>()
  })

  it('read lists of keys', () => {
    const listed = w
      .use(structured({ keys: ['to', 'note'], required: ['to'] }))
      .process(({ args }) =>
        expectTypeOf(args).toEqualTypeOf<{ readonly to: Exclude<Json, null>; readonly note?: Json | undefined }>(),
      )

    listed.new({ to: 'ann' })
    listed.new({ to: 'ann', note: null })
    // @ts-expect-error — a required key is missing
    const missing = () => listed.new({ note: 'hello' })
    // @ts-expect-error — null does not count as there
    const blank = () => listed.new({ to: null })
    // @ts-expect-error — there is no such key
    const extra = () => listed.new({ to: 'ann', from: 'bob' })
    // @ts-expect-error — JSON cannot hold it
    const dated = () => listed.new({ to: new Date() })
    expectTypeOf([missing, blank, extra, dated]).not.toBeNever()
  })

  it('let recursive schemas and interfaces be', () => {
    const Node = z.object({
      name: z.string(),
      get children() {
        return z.array(Node)
      },
    })
    interface Tree {
      readonly name: string
      readonly children: readonly Tree[]
    }
    const tree: v.GenericSchema<Tree> = v.object({ name: v.string(), children: v.array(v.lazy(() => tree)) })

    w.use(structured(Node)).process(({ args }) => expectTypeOf(args.children[0]!.name).toEqualTypeOf<string>())
    w.use(structured(tree)).process(({ args }) => expectTypeOf(args).toEqualTypeOf<Tree>())
  })

  it('refuse what JSON cannot hold', () => {
    // @ts-expect-error — a Date becomes a text
    const dated = () => w.use(structured(z.object({ at: z.date() })))
    // @ts-expect-error — JSON has no bigint
    const big = () => w.use(structured(z.object({ n: z.array(z.bigint()) })))
    // @ts-expect-error — a Map becomes an empty object
    const mapped = () => w.use(structured(v.object({ m: v.map(v.string(), v.string()) })))
    // @ts-expect-error — unknown may be any of these: z.json() is what was meant
    const unknown = () => w.use(structured(z.object({ payload: z.unknown() })))
    // @ts-expect-error — the same in arktype
    const ark = () => w.use(structured(type({ at: 'Date' })))

    expectTypeOf([dated, big, mapped, unknown, ark]).not.toBeNever()
    w.use(structured(z.object({ payload: z.json() })))
  })

  it('refuse args that are no object', () => {
    // @ts-expect-error — args are an object
    const text = () => w.use(structured(z.string()))
    // @ts-expect-error — a list is none either
    const list = () => w.use(structured(z.array(z.string())))

    expectTypeOf([text, list]).not.toBeNever()
  })

  it('refuse a required key that is not among the keys', () => {
    // @ts-expect-error — "form" is no key
    expectTypeOf(() => structured({ keys: ['from', 'to'], required: ['form'] })).not.toBeNever()
  })

  it('refuse args twice, and encrypting what is parsed already', () => {
    const once = w.use(structured(z.object({ to: z.string() })))
    const sealing: Plugin<JobContext<Encoded>> = { plugin: 'sealing' }

    // @ts-expect-error — they are parsed already
    const twice = () => once.use(structured(z.object({ to: z.string() })))
    // @ts-expect-error — the layer belongs above
    const late = () => once.use(sealing)

    expectTypeOf([twice, late]).not.toBeNever()
    w.use(sealing).use(structured(z.object({ to: z.string() })))
  })

  it('refuse keys that the schema does not have, and reading those that are not there', () => {
    const email = w.use(structured(z.object({ to: z.string() })))

    // @ts-expect-error — a slip of the pen
    email.process(() => {}).new({ too: 'ann' })
    // @ts-expect-error — read before it is there
    const early = () => w.process(({ args }) => args.to)
    // @ts-expect-error — a slip inside
    const inside = () => email.process(({ args }) => args.too)

    expectTypeOf([early, inside]).not.toBeNever()
  })

  it('carry the args through middleware that stands inside', () => {
    w.use(structured(z.object({ to: z.string() })))
      .use(async ({ args }, next: Next) => next({ domain: args.to.split('@')[1] }))
      .process(({ args, domain }) => {
        expectTypeOf(args).toEqualTypeOf<{ to: string }>()
        expectTypeOf(domain).toEqualTypeOf<string | undefined>()
      })
  })
})
