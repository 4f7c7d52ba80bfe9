import { describe, expect, it } from 'vitest'
import type { Job } from '../job/job.ts'
import { complete } from '../job/outcome.ts'
import { compose } from './compose.ts'
import type { AnyPlugin, JobContext } from './plugin.ts'
import { unseal } from './protection.ts'

const job = { id: 1, worker: 'secretive' } as Job

/** The context as the executor makes it, as far as these layers look. */
const context = { job, seal: async (text: string) => text } as unknown as JobContext

describe('a layer that protects', () => {
  it('seals what inner layers store, outside what they sealed', async () => {
    expect(await sealedInside([locking('outer'), locking('inner')], 'text')).toBe('outer(inner(text))')
  })

  it('has no effect on the layers outside it', async () => {
    const sealed: string[] = []
    const storing: AnyPlugin = {
      plugin: 'storing',
      execute: async ({ seal }: JobContext, next) => {
        sealed.push(await seal('text'))

        return next()
      },
    }
    await compose([locking('outer'), storing, locking('inner')], async () => complete())(context)

    expect(sealed).toEqual(['outer(text)'])
  })

  it('may add to the context as well', async () => {
    const layer: AnyPlugin = { ...locking('only'), execute: async (_context, next) => next({ user: 'ann' }) }
    const handler = async (inner: JobContext) => complete([(inner as { user?: string }).user, await inner.seal('text')])

    expect(await compose([layer], handler)(context)).toMatchObject({ value: ['ann', 'only(text)'] })
  })

  it('is told which job it protects', async () => {
    const layer: AnyPlugin = {
      plugin: 'naming',
      protect: {
        seal: (text, { worker }) => `${worker}:${text}`,
        open: (text, { worker }) => text.slice(worker.length + 1),
      },
    }

    expect(await sealedInside([layer], 'text')).toBe('secretive:text')
    expect(await unseal([layer], 'secretive:text', job)).toBe('text')
  })

  it('is undone from the database inwards, past layers that protect nothing', async () => {
    const stack = [locking('outer'), { plugin: 'plain' }, locking('inner')]

    expect(await unseal(stack, await sealedInside(stack, 'text'), job)).toBe('text')
  })
})

async function sealedInside(stack: readonly AnyPlugin[], text: string): Promise<string> {
  const outcome = await compose(stack, async ({ seal }) => complete(await seal(text)))(context)

  return outcome.kind === 'completed' ? String(outcome.value) : outcome.kind
}

function locking(name: string): AnyPlugin {
  return {
    plugin: name,
    protect: {
      seal: async (text) => `${name}(${text})`,
      open: async (sealed) => {
        if (!sealed.startsWith(`${name}(`)) throw new Error(`${name} did not seal this`)

        return sealed.slice(name.length + 1, -1)
      },
    },
  }
}
