import { spawnSync } from 'node:child_process'

/** Compiles the consumer, and the types of the packages with it; throws with what is wrong. */
export function checkTypes(consumer) {
  const tsc = 'node_modules/typescript/bin/tsc'
  const options = { cwd: consumer, encoding: 'utf8' }
  const { error, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], options)
  if (error) throw error
  const ours = diagnostics(stdout + stderr).filter((diagnostic) => !isForeign(diagnostic))
  if (ours.length > 0) throw new Error(ours.join('\n'))
}

/** A diagnostic may go on over indented lines. */
function diagnostics(output) {
  return output.split(/\n(?=\S)/).filter((diagnostic) => diagnostic.trim() !== '')
}

/** What is wrong inside other people's packages is theirs to mend; `skipLibCheck` would hide what is wrong in ours, too. */
function isForeign(diagnostic) {
  return /^node_modules\/(?!\S*@staffa\/)/.test(diagnostic)
}
