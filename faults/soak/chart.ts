import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { secondHalf } from './flatness.ts'
import { panels, type Sample } from './sample.ts'
import { pointsOf } from './verdicts.ts'

const minute = 60_000

/** Draws one panel for each unit, over time; what is judged is on a grey ground. */
export async function chart(samples: readonly Sample[], title: string): Promise<string> {
  const spec: TopLevelSpec = {
    title: { text: title, anchor: 'start', offset: 12 },
    background: 'white',
    config: { view: { stroke: null }, axis: { grid: true, gridColor: '#eee', domain: false }, font: 'sans-serif' },
    resolve: { scale: { color: 'independent' } },
    vconcat: panels.map((panel) => ({
      title: { text: panel.title, anchor: 'start' as const, fontSize: 11, fontWeight: 'normal' as const },
      width: 640,
      height: 110,
      layer: [ground(samples), lines(samples, panel.measures)],
    })),
  }
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' })

  return view.toSVG()
}

function ground(samples: readonly Sample[]) {
  const judged = secondHalf(pointsOf(samples, 'table'))
  const [from = 0, to = 0] = [judged[0]?.at, judged.at(-1)?.at].map((at) => (at ?? 0) / minute)

  return {
    data: { values: [{ from, to }] },
    mark: { type: 'rect' as const, color: '#f3f3f3' },
    encoding: { x: { field: 'from', type: 'quantitative' as const }, x2: { field: 'to' } },
  }
}

function lines(samples: readonly Sample[], measures: readonly string[]) {
  const values = measures.flatMap((measure) =>
    pointsOf(samples, measure).map(({ at, value }) => ({ measure, minute: at / minute, value })),
  )

  return {
    data: { values },
    mark: { type: 'line' as const, strokeWidth: 1.2 },
    encoding: {
      x: { field: 'minute', type: 'quantitative' as const, title: null, axis: { labelExpr: 'datum.label + " min"' } },
      y: { field: 'value', type: 'quantitative' as const, title: null, scale: { zero: true } },
      color: {
        field: 'measure',
        type: 'nominal' as const,
        title: null,
        sort: [...measures],
        scale: { range: ['#2166ac', '#d6604d', '#777777'] },
      },
    },
  }
}
