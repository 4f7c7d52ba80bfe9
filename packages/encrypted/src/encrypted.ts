import { marking } from '@staffa/core/internal'
import {
  type Encoded,
  fingerprint,
  isStaffaError,
  type Job,
  type NewJob,
  type Plugin,
  snooze,
} from '@staffa/core/plugin'
import { parseEnvelope } from './envelope.ts'
import { type EncryptedOptions, resolveOptions, type Settings } from './options.ts'
import { unreadable, type Vault } from './vault.ts'

/** What encryption needs of the context: the args as they are stored, and whose they are. */
export interface Stored {
  readonly args: Encoded
  readonly job: Job
}

/**
 * Keeps args, and what the layers inside it store, unreadable while they are at rest. Takes a `key`, or a `keyring`
 * when keys come and go. Stands outside whatever reads the args.
 */
export function encrypted(options: EncryptedOptions): Plugin<Stored> {
  const settings = resolveOptions(options)
  const { vault } = settings

  return {
    plugin: 'encrypted',
    insert: (job) => sealJob(job, vault),
    execute: async ({ args, job }, next) => {
      const opened = await openArgs({ args, job }, settings)
      if ('snooze' in opened) return snooze(opened.snooze)
      const outcome = await next({ args: opened.args, confidential: true })

      return { ...outcome, confidential: true }
    },
    protect: {
      seal: (text, job) => vault.seal(text, { part: 'result', job }),
      open: (text, job) => vault.open(text, { part: 'result', job }),
    },
  }
}

const marked = marking('encrypted')

/** Uniqueness is taken from the args as they are, since no two envelopes are equal. */
async function sealJob(job: NewJob, vault: Vault): Promise<NewJob> {
  const clear = job.fingerprint ?? fingerprint(job)
  const data = await vault.seal(JSON.stringify(job.args), { part: 'args', job })

  return { ...job, args: { data }, meta: marked(job.meta), fingerprint: clear && (await vault.mark(clear)) }
}

type Opened = { readonly args: Encoded } | { readonly snooze: NonNullable<Settings['pause']> }

async function openArgs({ args, job }: Stored, { vault, pause, runsPlain }: Settings): Promise<Opened> {
  const sealed: unknown = 'data' in args ? args.data : undefined
  const plain = job.meta.encrypted !== true && !parseEnvelope(sealed)
  if (plain && runsPlain) return { args }
  try {
    return { args: parseArgs(await vault.open(sealed, { part: 'args', job }), job) }
  } catch (error) {
    if (pause !== undefined && isStaffaError(error, 'MISSING_KEY')) return { snooze: pause }
    throw error
  }
}

/** The parser's own error would quote the text. */
function parseArgs(text: string, job: Job): Encoded {
  try {
    return JSON.parse(text) as Encoded
  } catch {
    throw unreadable({ part: 'args', job }, 'JSON once opened, got something else')
  }
}
