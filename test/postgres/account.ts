import { execFileSync } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'

/** The user that a server runs as, when it cannot be the one who runs the tests. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Chooses the account for a server: PostgreSQL refuses to run as root. No account is ever created on the machine. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const account = lookUp('postgres') ?? lookUp('nobody')
  if (account) return account
  throw new Error(
    'expected a user to run PostgreSQL as, since it refuses to run as root, got neither postgres nor nobody',
  )
}

/** The directory for temporary files: the system's own, unless the server's account could not reach it. */
export function temporaryRoot(): string {
  const root = realpathSync(tmpdir())

  return serverAccount() && !isOpenToAll(root) ? '/tmp' : root
}

/** Whether any user of the machine may reach a path, through every directory above it. */
export function isOpenToAll(path: string): boolean {
  const others = statSync(path).mode & 0o005

  return others === 0o005 && (dirname(path) === path || isOpenToAll(dirname(path)))
}

function lookUp(name: string): Account | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))

    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
