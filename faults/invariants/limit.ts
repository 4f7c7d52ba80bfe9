import type { History, Invariant, Run } from '../history.ts'

/** Never more handlers at once on a node than its limit. */
export const limit: Invariant = (history) =>
  [...Map.groupBy(history.runs, ({ node }) => node)].flatMap(([node, runs]) => {
    const most = mostAtOnce(runs, history)

    return most > history.limit ? [`expected at most ${history.limit} handlers at once on ${node}, got ${most}`] : []
  })

function mostAtOnce(runs: readonly Run[], { nodes }: History): number {
  const steps = runs.flatMap((run) => {
    const ended = nodes.find(({ name }) => name === run.node)?.ended
    const over = Math.min(run.abandoned ?? Number.POSITIVE_INFINITY, run.left ?? ended ?? Number.POSITIVE_INFINITY)

    return [
      { at: run.started, step: 1 },
      { at: over, step: -1 },
    ]
  })
  let running = 0
  let most = 0
  for (const { step } of steps.sort((a, b) => a.at - b.at || a.step - b.step)) {
    running += step
    most = Math.max(most, running)
  }

  return most
}
