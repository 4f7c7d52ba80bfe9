import { cancel, type Encoded, type Job, type Plugin, worker } from '@staffa/core'
import { expectTypeOf, test } from 'vitest'
import { type Hook, hooks } from './index.ts'

const everywhere: Hook = { afterProcess: (state, { job }) => `${state} ${job.id}` }

test('a hook knows what the layers outside of it have added', () => {
  worker({ name: 'typed' })
    .typed<{ to: string }>()
    .use((_context, next) => next({ user: { id: 1 } }))
    .use(
      hooks(everywhere, {
        beforeProcess: ({ args, user }) => {
          expectTypeOf(args).toEqualTypeOf<{ to: string }>()
          expectTypeOf(user).toEqualTypeOf<{ id: number }>()
          if (user.id === 2) return cancel('no')
        },
        afterProcess: (state, { args, job }, result) => {
          expectTypeOf(state).toEqualTypeOf<'complete' | 'cancel' | 'discard' | 'error' | 'snooze'>()
          expectTypeOf(args.to).toBeString()
          expectTypeOf(job).toEqualTypeOf<Job>()
          expectTypeOf(result).toBeUnknown()
        },
        onCancelled: (reason) => expectTypeOf(reason).toEqualTypeOf<'manual' | 'deadline' | 'deleted' | 'returned'>(),
        onDiscarded: async (reason) => expectTypeOf(reason).toEqualTypeOf<'exhausted' | 'orphaned' | 'returned'>(),
      }),
    )
    .process(({ args, user }) => {
      expectTypeOf(args).toEqualTypeOf<{ to: string }>()
      expectTypeOf(user).toEqualTypeOf<{ id: number }>()
    })
})

test('hooks change neither input nor result', () => {
  const plain = worker({ name: 'plain' }).typed<{ to: string }>()
  const bare = plain.process(() => 1)
  const hooked = plain.use(hooks(everywhere)).process(() => 1)

  expectTypeOf(hooked.new).toEqualTypeOf<typeof bare.new>()
  expectTypeOf(hooked).toEqualTypeOf<typeof bare>()
})

test('outside of what reads the args they are encoded', () => {
  worker({ name: 'outside' }).use(hooks({ afterProcess: (_, { args }) => expectTypeOf(args).toEqualTypeOf<Encoded>() }))
})

test('hooks that stand alone know what every job has', () => {
  expectTypeOf(hooks(everywhere)).toExtend<Plugin<never>>()
  const shared = hooks({ afterProcess: (_, { args }) => expectTypeOf(args).toBeUnknown() })
  worker({ name: 'shared' }).typed<{ to: string }>().use(shared)
})

test('mistakes are told of', () => {
  const builder = worker({ name: 'mistaken' }).typed<{ to: string }>()
  // @ts-expect-error — no such key in the args
  builder.use(hooks({ afterProcess: (_, { args }) => args.too }))
  // @ts-expect-error — nobody has added a user
  builder.use(hooks({ beforeProcess: ({ user }) => user }))
  // @ts-expect-error — no such hook
  const misspelt: Hook = { afterProces: () => {} }
  // @ts-expect-error — a hook needs a user, and nobody has added one
  builder.use(hooks<Hook extends Hook<infer Context> ? Context & { user: string } : never>({}))

  expectTypeOf(misspelt).toEqualTypeOf<Hook>()
})
