import { markdownTable } from 'markdown-table'
import type { Figure, Workload } from '../workloads/workload.ts'
import { type Comparison, type Contenders, compare } from './comparison.ts'
import { type Measurement, middle, range } from './results.ts'

/** A table in Markdown, which reads well enough on a terminal: words to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([header, ...rows], { align: header.map((_, column) => (column < 2 ? undefined : 'right')) })
}

/** What was measured of a workload: every setting, every contender, and how it stands to the others. */
export function workloadTable(
  workload: Pick<Workload, 'figures'>,
  measurements: readonly Measurement[],
  contenders: Contenders,
): string {
  const [main] = workload.figures as readonly [Figure]
  const titles = workload.figures.map(({ title }) => title)
  const header = ['setting', 'contender', titles[0] as string, 'min–max', '÷ floor', '÷ best peer', ...titles.slice(1)]
  const settings = Map.groupBy(measurements, ({ setting }) => setting)
  const rows = [...settings.values()].flatMap((list) =>
    compare(list, main, contenders).map((each) => row(each, workload.figures, contenders)),
  )

  return table(header, rows)
}

function row({ measurement, toFloor, toBestPeer }: Comparison, figures: readonly Figure[], contenders: Contenders) {
  const { setting, contender } = measurement
  const [main, ...others] = figures as readonly [Figure, ...Figure[]]
  const [least, most] = range(measurement, main.name)

  return [
    setting,
    contenders.get(contender)?.name ?? contender,
    show(middle(measurement, main.name), main),
    `${show(least, main)}–${show(most, main)}`,
    showRatio(toFloor),
    showRatio(toBestPeer),
    ...others.map((figure) => show(middle(measurement, figure.name), figure)),
  ]
}

/** A number with as many digits as it deserves. */
export function show(number: number | undefined, { digits = 0 }: Pick<Figure, 'digits'> = {}): string {
  if (number === undefined || !Number.isFinite(number)) return '–'

  return number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function showRatio(number: number | undefined): string {
  return number === undefined ? '–' : number.toFixed(2)
}
