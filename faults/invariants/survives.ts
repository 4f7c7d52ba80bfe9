import type { Invariant } from '../history.ts'

/** No process ends that nobody ended. */
export const survives: Invariant = ({ nodes }) =>
  nodes.filter(({ crashed }) => crashed).map(({ name }) => `${name} ended by itself`)
