import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Figure } from '../workloads/workload.ts'
import type { Contenders } from './comparison.ts'
import { type Measurement, middle, range } from './results.ts'

export interface ChartOptions {
  readonly title: string
  readonly figure: Figure
  readonly contenders: Contenders
}

/** Draws a figure as bars, a group for each setting, with a line from its least to its most; gives the SVG. */
export async function chart(measurements: readonly Measurement[], options: ChartOptions): Promise<string> {
  const { spec } = compile(specification(measurements, options))
  const view = new View(parse(spec), { renderer: 'none' })

  return `${await view.toSVG()}\n`
}

const colours = { staffa: '#d9480f', floor: '#ced4da' } as const
const peerColours = ['#1864ab', '#4dabf7', '#2b8a3e', '#8ce99a', '#5f3dc4', '#b197fc', '#868e96']

function specification(
  measurements: readonly Measurement[],
  { title, figure, contenders }: ChartOptions,
): TopLevelSpec {
  const nameOf = (key: string) => contenders.get(key)?.name ?? key
  const values = measurements.map((each) => {
    const [least, most] = range(each, figure.name)

    return { setting: each.setting, contender: nameOf(each.contender), value: middle(each, figure.name), least, most }
  })
  const keys = [...new Set(measurements.map(({ contender }) => contender))]
  const value = { title: figure.title, type: 'quantitative' } as const

  return {
    title: { text: title, anchor: 'start', offset: 12 },
    background: 'white',
    padding: 12,
    width: 640,
    height: 280,
    data: { values },
    encoding: {
      x: { field: 'setting', type: 'nominal', title: null, sort: null, axis: { labelAngle: 0 } },
      xOffset: { field: 'contender', type: 'nominal', sort: keys.map(nameOf) },
    },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          y: { field: 'value', ...value },
          color: {
            field: 'contender',
            type: 'nominal',
            title: null,
            legend: { labelLimit: 300 },
            scale: { domain: keys.map(nameOf), range: keys.map((key, index) => colourOf(key, index, contenders)) },
          },
        },
      },
      { mark: { type: 'rule' }, encoding: { y: { field: 'least', ...value }, y2: { field: 'most' } } },
    ],
  }
}

function colourOf(key: string, index: number, contenders: Contenders): string {
  const kind = contenders.get(key)?.kind ?? 'peer'

  return kind === 'peer' ? (peerColours[index % peerColours.length] as string) : colours[kind]
}
