/** A measurement: when, in milliseconds since the beginning, and how much. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** How much something may grow over the part that is judged, and still count as flat: the larger of the two. */
export interface Bound {
  /** A share of its usual size. */
  readonly share: number
  /** An amount, for what is small: in its own unit. */
  readonly amount: number
}

export interface Verdict {
  readonly flat: boolean
  /** By how much it grew over the part that is judged, going by its slope; negative when it shrank. */
  readonly growth: number
  readonly allowed: number
  /** Its median there. */
  readonly usual: number
}

/** With fewer measurements than this a slope means nothing. */
const fewest = 10

/**
 * Judges whether something has stopped growing. The first half is for warming up. Over the second the slope is the
 * median of the slopes between all pairs (Theil and Sen), so that neither a sawtooth nor an outlier decides.
 */
export function flatness(points: readonly Point[], { share, amount }: Bound): Verdict {
  const judged = secondHalf(points)
  if (judged.length < fewest)
    throw new Error(`expected ${fewest} measurements in the second half, got ${judged.length}`)
  const span = (judged.at(-1)?.at ?? 0) - (judged[0]?.at ?? 0)
  const growth = median(slopes(judged)) * span
  const usual = median(judged.map(({ value }) => value))
  const allowed = Math.max(Math.abs(usual) * share, amount)

  return { flat: growth <= allowed, growth, allowed, usual }
}

/** The part of a run that is judged. */
export function secondHalf(points: readonly Point[]): readonly Point[] {
  const end = points.at(-1)?.at ?? 0

  return points.filter(({ at }) => at >= end / 2)
}

function slopes(points: readonly Point[]): readonly number[] {
  return points.flatMap((from, index) =>
    points.slice(index + 1).map((to) => (to.value - from.value) / (to.at - from.at)),
  )
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2

  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}
