import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Compiling every program anew would take most of a short run. */
const cache = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))

/** Starts a program of this package in a process of its own, which is heard when it fails and told things over IPC. */
export function forkProgram(path: string): ChildProcess {
  return fork(fileURLToPath(new URL(`../${path}`, import.meta.url)), {
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}
