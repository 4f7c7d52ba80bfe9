import { type Slots, slotsOf } from './due.ts'
import { parse } from './parse.ts'
import type { Row } from './stored.ts'
import { zoneOf } from './zone.ts'

type Times = Slots | '@reboot'

/** When the entries of a list come true. What was worked out for the list before is kept where it is the same. */
export type Timetable = (row: Row) => Times | undefined

export interface TimetableTools {
  /** Told of rows that a stranger has written and nobody can read. */
  readonly report: (name: string, error: unknown) => void
}

/** Makes a timetable for one list after another. */
export function timetables({ report }: TimetableTools): (rows: readonly Row[]) => Timetable {
  let known: ReadonlyMap<string, Times> = new Map()

  return (rows) => {
    const times = new Map<string, Times>()
    for (const row of rows) {
      const key = keyOf(row)
      const found = times.get(key) ?? known.get(key) ?? read(row, report)
      if (found) times.set(key, found)
    }
    known = times

    return (row) => times.get(keyOf(row))
  }
}

function keyOf({ expression, opts }: Row): string {
  return JSON.stringify([opts.timezone, opts.dst, expression]) // a stranger may have stored what is no text
}

function read({ name, expression, opts }: Row, report: TimetableTools['report']): Times | undefined {
  try {
    const fields = parse(expression)

    return fields === '@reboot' ? fields : slotsOf({ fields, zone: zoneOf(opts.timezone), dst: opts.dst })
  } catch (error) {
    report(name, error)

    return undefined
  }
}
