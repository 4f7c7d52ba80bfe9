import type { History } from '../history.ts'

/** Some node met a failure in the background. */
export function byNodes({ nodes }: History): boolean {
  return nodes.some(({ failures }) => failures.length > 0)
}

/** The application was told of an error that it had not asked for. */
export function byTheApplication({ inserts }: History): boolean {
  return inserts.some(({ error }) => error !== undefined)
}

/** Some node said of a job that it had ended, and was refused. */
export function byZombies({ runs }: History): boolean {
  return runs.some(({ end }) => end?.written === false && end.state !== 'cancelled')
}
