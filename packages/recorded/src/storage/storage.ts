import { StaffaError } from '@staffa/core/plugin'

/** Where results go that are too large for the database: an object store, say. */
export interface Storage {
  /** What the job says of where its result is. Never changed while results are there. */
  readonly name: string
  /** Keeps bytes under a new key, of letters, digits and dashes. */
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>
  /** The bytes, or undefined when there are none, or none any more. */
  readonly get: (key: string) => Promise<Uint8Array | undefined>
  /** Forgets a key. One that is not there is forgotten already. */
  readonly delete: (key: string) => Promise<void>
}

/** A storage that cannot be reached, or refuses: trying again may help. */
export function storageFailed(storage: string, cause: unknown): StaffaError<'STORAGE_FAILED'> {
  return new StaffaError('STORAGE_FAILED', `expected the storage ${storage} to answer`, { data: { storage }, cause })
}
