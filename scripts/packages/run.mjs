import { spawnSync } from 'node:child_process'

/** Runs a command to its end and returns what it printed; throws with all of it when the command fails. */
export function run(command, args, cwd) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}\n${stdout}${stderr}`)

  return stdout
}

/** Does one check, says how it went, and returns whether it passed. */
export function attempt(what, check) {
  try {
    check()
    console.log(`ok      ${what}`)

    return true
  } catch (error) {
    console.error(`failed  ${what}\n${error.message}`)

    return false
  }
}
