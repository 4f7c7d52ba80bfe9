import { marking, promised, whenReady } from '@staffa/core/internal'
import {
  type Encoded,
  fingerprint,
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
    execute: ({ args, job }, next) => {
      const proceed = (opened: Opened) =>
        'snooze' in opened ? snooze(opened.snooze) : next({ args: opened.args, confidential: true }).then(confidential)

      return promised(() => whenReady(openArgs({ args, job }, settings), proceed))
    },
    protect: {
      seal: (text, job) => vault.seal(text, { part: 'result', job }),
      open: (text, job) => vault.open(text, { part: 'result', job }),
    },
  }
}

function confidential<Adds>(outcome: Outcome<Adds>): Outcome<Adds> {
  return { ...outcome, confidential: true }
}

const marked = marking('encrypted')

/** Uniqueness is taken from the args as they are, since no two envelopes are equal. */
function sealJob(job: NewJob, vault: Vault): NewJob | Promise<NewJob> {
  const clear = job.fingerprint ?? fingerprint(job)
  const sealed = vault.seal(JSON.stringify(job.args), { part: 'args', job })

  return whenReady(sealed, (data) =>
    whenReady(clear && vault.mark(clear), (fingerprint) => ({
      ...job,
      args: { data },
      meta: marked(job.meta),
      fingerprint,
    })),
  )
}

type Opened = { readonly args: Encoded } | { readonly snooze: NonNullable<Settings['pause']> }

function openArgs({ args, job }: Stored, { vault, pause, runsPlain }: Settings): Opened | Promise<Opened> {
  const sealed: unknown = 'data' in args ? args.data : undefined
  const plain = job.meta.encrypted !== true && !parseEnvelope(sealed)
  if (plain && runsPlain) return { args }
  const open = () => whenReady(vault.open(sealed, { part: 'args', job }), (text) => ({ args: parseArgs(text, job) }))
  if (pause === undefined) return open()

  return promised<Opened>(open).catch((error) => {
    if (isStaffaError(error, 'MISSING_KEY')) return { snooze: pause }
    throw error
  })
}

/** The parser's own error would quote the text. */
function parseArgs(text: string, job: Job): Encoded {
  try {
    return JSON.parse(text) as Encoded
  } catch {
    throw unreadable({ part: 'args', job }, 'JSON once opened, got something else')
  }
}
