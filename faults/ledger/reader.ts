import { readFileSync } from 'node:fs'
import type { NodeLife, Run } from '../history.ts'
import type { Line } from './line.ts'

/** Reads a node's file. A process that was killed may leave half a line. */
export function readLines(path: string): readonly Line[] {
  const complete = readFileSync(path, 'utf8').split('\n').slice(0, -1)

  return complete.map((line) => JSON.parse(line) as Line)
}

type Of<Kind extends Line['kind']> = Extract<Line, { readonly kind: Kind }>

/** The lines of one kind. */
export function only<Kind extends Line['kind']>(lines: readonly Line[], kind: Kind): readonly Of<Kind>[] {
  return lines.filter((line): line is Of<Kind> => line.kind === kind)
}

/** What the lines say of the process as a whole. */
export function spansOf(lines: readonly Line[]): Pick<NodeLife, 'beats' | 'stalls' | 'failures'> {
  const span = ({ from, at }: { readonly from: number; readonly at: number }) => ({ from, to: at })

  const failures = only(lines, 'failure').map(({ at, where }) => ({ at, where }))

  return { beats: only(lines, 'beat').map(span), stalls: only(lines, 'stall').map(span), failures }
}

/** The runs that the lines tell of. One attempt may be run twice here: when it was given back, it did not count. */
export function runsOf(node: string, lines: readonly Line[]): readonly Run[] {
  const runs: Run[] = []
  const open = new Map<string, number[]>()
  for (const line of lines) {
    if (!('job' in line)) continue
    const key = `${line.job}/${line.attempt}`
    const places = open.get(key) ?? []
    if (line.kind === 'start') open.set(key, [...places, runs.length])
    if (line.kind === 'start') runs.push({ job: line.job, attempt: line.attempt, node, started: line.at })
    const place = places.find((index) => !has(runs[index], line)) ?? -1
    const run = runs[place]
    if (run) runs[place] = { ...run, ...toldBy(line) }
  }

  return runs
}

function has(run: Run | undefined, line: Line): boolean {
  return run !== undefined && Object.keys(toldBy(line)).some((field) => field in run)
}

function toldBy(line: Line): Partial<Run> {
  if (line.kind === 'leave') return { left: line.at }
  if (line.kind === 'abandoned') return { abandoned: line.at }
  if (line.kind === 'end') return { end: { at: line.at, state: line.state, written: line.written } }

  return {}
}
