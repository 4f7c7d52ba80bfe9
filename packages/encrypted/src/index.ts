export { encrypted, type Stored } from './encrypted.ts'
export { generateKey, type Keyring, type KeySource, type NamedKey } from './keys.ts'
export { type KeysInUseOptions, keysInUse } from './keys-in-use.ts'
export type { EncryptedOptions, KeyOptions, KeyringOptions, SharedOptions } from './options.ts'
