import { createHmac } from 'node:crypto'
import { whenReady } from '@staffa/core/internal'
import { type Job, StaffaError } from '@staffa/core/plugin'
import { type Binding, derivedKey, openEnvelope, sealText } from './cipher.ts'
import { type Cipher, parseEnvelope } from './envelope.ts'
import type { Keys } from './keys.ts'

/** Seals and opens what belongs to a worker: at once, where the key is at hand. */
export interface Vault {
  seal(text: string, subject: Subject): string | Promise<string>
  /** Fails with an error that names the key, and shows neither it nor what it was to open. */
  open(envelope: unknown, subject: Subject): string | Promise<string>
  /** Makes a fingerprint that tells nothing to those without the key. */
  mark(fingerprint: string): string | Promise<string>
}

/** What is sealed, and of which job: an envelope opens only as what it was sealed as. */
export type Subject =
  | { readonly part: 'args'; readonly job: Pick<Job, 'worker'> }
  | { readonly part: 'result'; readonly job: Pick<Job, 'id' | 'worker'> }

export interface VaultOptions {
  readonly cipher: Cipher
  readonly keys: Keys
  /** Where the keys of fingerprints are found. */
  readonly fingerprintKeys: Keys
}

/** Makes a vault. Keys are fetched at each use. */
export function vault({ cipher, keys, fingerprintKeys }: VaultOptions): Vault {
  return {
    seal: (text, subject) =>
      whenReady(keys.current(), (key) => sealText(text, { cipher, key, binding: bindingOf(subject) })),

    open: (text, subject) => {
      const envelope = parseEnvelope(text)
      if (!envelope) throw unreadable(subject, 'an envelope of @staffa/encrypted, got something else')

      return whenReady(keys.get(envelope.keyId), (key) => {
        const opened = openEnvelope(envelope, key, bindingOf(subject))
        if (opened === undefined) throw refused(subject, key.id)

        return opened
      })
    },

    mark: (fingerprint) =>
      whenReady(fingerprintKeys.current(), ({ secret }) => {
        const keyed = createHmac('sha256', derivedKey(secret, 'fingerprint')).update(fingerprint)

        return keyed.digest('hex').slice(0, 32)
      }),
  }
}

/** Args are sealed before the job has an id. */
function bindingOf(subject: Subject): Binding {
  const { part, job } = subject

  return part === 'args' ? [part, job.worker] : [part, job.worker, String(subject.job.id)]
}

/** The error for what cannot be opened. */
export function unreadable({ part, job }: Subject, rule: string, keyId?: string): StaffaError<'UNREADABLE'> {
  const data = { worker: job.worker, ...(keyId !== undefined && { keyId }) }

  return new StaffaError('UNREADABLE', `expected the ${part} of a ${job.worker} job to be ${rule}`, { data })
}

function refused(subject: Subject, keyId: string): StaffaError<'UNREADABLE'> {
  const because = 'another key of that name sealed it, or it was changed or moved'

  return unreadable(subject, `readable with key ${JSON.stringify(keyId)}, got a refusal: ${because}`, keyId)
}
