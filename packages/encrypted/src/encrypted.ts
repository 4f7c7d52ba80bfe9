import { isPromise, marking, recovering, whenReady } from '@staffa/core/internal'
import {
  type Encoded,
  fingerprint,
  isOutcome,
  isStaffaError,
  type Job,
  type NewJob,
  type Outcome,
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
    execute: async (context, next) => {
      const opening = openArgs(context, settings)
      const args = isPromise(opening) ? await opening : opening
      if (isOutcome(args)) return args
      const outcome = await next({ args, confidential: true })

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
function sealJob(job: NewJob, vault: Vault): NewJob | Promise<NewJob> {
  const clear = job.fingerprint ?? fingerprint(job)

  return whenReady(vault.seal(JSON.stringify(job.args), { part: 'args', job }), (data) =>
    whenReady(clear && vault.mark(clear), (mark) => ({
      ...job,
      args: { data },
      meta: marked(job.meta),
      fingerprint: mark,
    })),
  )
}

type Opened = Encoded | Outcome<never>

/** An outcome where the args are to be opened later. */
function openArgs({ args, job }: Stored, { vault, pause, runsPlain }: Settings): Opened | Promise<Opened> {
  const { data: sealed } = args as { readonly data?: unknown }
  if (runsPlain && job.meta.encrypted !== true && !parseEnvelope(sealed)) return args

  return recovering(
    () => whenReady(vault.open(sealed, { part: 'args', job }), (text) => parseArgs(text, job)),
    (error) => {
      if (pause && isStaffaError(error, 'MISSING_KEY')) return snooze(pause)
      throw error
    },
  )
}

/** The parser's own error would quote the text. */
function parseArgs(text: string, job: Job): Encoded {
  try {
    return JSON.parse(text) as Encoded
  } catch {
    throw unreadable({ part: 'args', job }, 'JSON once opened, got something else')
  }
}
