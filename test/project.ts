import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineProject, type UserWorkspaceConfig } from 'vitest/config'

/** One tier of WebAssembly's compiler: PGlite starts in half the time, and no test runs long enough to miss the second. */
const quickStart = '--liftoff-only'

const seed = new URL('seed.ts', import.meta.url)
const keptCluster = new URL('../packages/testing/test/kept-cluster.ts', import.meta.url)

/** What tests start programs with that have a PGlite of their own. */
export const quickly: readonly string[] = [quickStart, '--import', keptCluster.href]

export interface ProjectOptions {
  /** Whether to run when all other projects are done, with the machine to itself. */
  readonly afterAll?: boolean
}

/**
 * The tests of one package. Its files share a process, and so one in-memory PGlite: each has a schema of its own, and
 * must leave nothing behind in the globals.
 */
export function project(name: string, include: readonly string[], options: ProjectOptions = {}): UserWorkspaceConfig {
  return defineProject({
    test: {
      name,
      include: [...include],
      isolate: false,
      execArgv: [quickStart],
      setupFiles: [fileURLToPath(keptCluster), fileURLToPath(seed)],
      maxWorkers: Math.ceil(availableParallelism() * 1.5), // tests wait for databases and timers a third of the time
      sequence: { groupOrder: options.afterAll === true ? 1 : 0 },
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 20_000 } },
    },
  })
}
