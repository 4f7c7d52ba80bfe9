import { worker } from '@staffa/core'
import { encrypted } from '@staffa/encrypted'
import { hooks } from '@staffa/hooks'
import { recorded } from '@staffa/recorded'
import { structured } from '@staffa/structured'
import { z } from 'zod'
import type { Contender, WorkOptions } from './contender.ts'
import { type BenchWorker, openStaffa } from './staffa.ts'

const base = { kind: 'staffa', store: 'postgres' } as const

const schema = z.object({
  n: z.number().int(),
  at: z.number().optional(),
  name: z.string(),
  email: z.email(),
  plan: z.enum(['monthly', 'yearly']),
})

export const structuredStaffa: Contender = {
  ...base,
  name: 'Staffa, structured',
  settings: 'args checked by a zod schema of four fields',
  open: (place) => openStaffa(place, { bench: checking }),
}

export const layeredStaffa: Contender = {
  ...base,
  name: 'Staffa, structured + recorded + encrypted',
  settings: 'the same schema, a small result recorded, args and result sealed',
  open: (place) => openStaffa(place, { bench: layered }),
}

export const hookedStaffa: Contender = {
  ...base,
  name: 'Staffa, hooks',
  settings: 'hooks before and after each attempt that do nothing',
  open: (place) => openStaffa(place, { bench: hooked }),
}

type Handle = WorkOptions['handle']

function checking(handle: Handle): BenchWorker {
  return worker({ name: 'bench' })
    .use(structured(schema))
    .process(({ args }) => handle(args)) as BenchWorker
}

/** The key is the same in every process. */
const key = Buffer.alloc(32, 'benchmark').toString('base64')

function layered(handle: Handle): BenchWorker {
  return worker({ name: 'bench' })
    .use(encrypted({ key }))
    .use(structured(schema))
    .use(recorded())
    .process(async ({ args }) => {
      await handle(args)

      return { n: args.n, done: true }
    }) as BenchWorker
}

function hooked(handle: Handle): BenchWorker {
  return worker({ name: 'bench' })
    .typed<Parameters<Handle>[0]>()
    .use(hooks({ beforeProcess: () => {}, afterProcess: () => {} }))
    .process(({ args }) => handle(args)) as BenchWorker
}
