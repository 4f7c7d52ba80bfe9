import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** One tier of WebAssembly's compiler: PGlite starts in half the time, and no test runs long enough to miss the second. */
export const quickStart = '--liftoff-only'

/**
 * The tests of one package. Its files share a process, and so one in-memory PGlite: each has a schema of its own, and
 * must leave nothing behind in the globals.
 */
export function project(name: string, include: readonly string[]): UserWorkspaceConfig {
  return defineProject({
    test: {
      name,
      include: [...include],
      isolate: false,
      execArgv: [quickStart],
      maxWorkers: '100%',
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 20_000 } },
    },
  })
}
