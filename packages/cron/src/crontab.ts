import { encodeNotice } from '@staffa/core/internal'
import { parse } from './parse.ts'
import type { Row } from './stored.ts'

/** An entry as Oban Web wants it: the expression, the worker, and options that name it. */
type Listed = readonly [expression: string, worker: string, options: Readonly<Record<string, unknown>>]

/** What is published about the entries of a node. */
export interface Crontab {
  readonly name: string
  readonly node: string
  readonly crontab: readonly Listed[]
}

/** PostgreSQL carries 8,000 bytes a notice; some are for the channel. */
const longest = 7_500

/** The notices that tell of entries, as few as will carry them. Readers keep one list a node, so each has its own name. */
export function crontabNotices(
  rows: readonly Row[],
  { name, node }: Pick<Crontab, 'name' | 'node'>,
): readonly Crontab[] {
  const listed = rows.filter(isReadable).map(listing)
  const notices = split({ name, node, crontab: listed })

  return notices.map((notice, index) => (index === 0 ? notice : { ...notice, node: `${node}/${index + 1}` }))
}

/** Oban Web fails at an expression that Oban does not take. */
function isReadable({ expression }: Row): boolean {
  try {
    parse(expression)

    return true
  } catch {
    return false
  }
}

const published = new Set(['args', 'timezone', 'queue', 'priority', 'max_attempts', 'tags', 'guaranteed'])

function listing({ name, expression, worker, opts, paused }: Row): Listed {
  const options = Object.entries(opts).filter(([key]) => published.has(key))

  return [expression, worker, { ...Object.fromEntries(options), ...(paused && { paused }), name }]
}

function split(notice: Crontab): readonly Crontab[] {
  const { crontab } = notice
  if (fits(notice)) return [notice]
  const [first] = crontab
  if (crontab.length === 1 && first) return [{ ...notice, crontab: [withoutArgs(first)] }]
  const half = Math.ceil(crontab.length / 2)

  return [crontab.slice(0, half), crontab.slice(half)].flatMap((part) => split({ ...notice, crontab: part }))
}

function fits(notice: Crontab): boolean {
  return Buffer.byteLength(encodeNotice({ ...notice, node: `${notice.node}/9999` })) <= longest
}

function withoutArgs([expression, worker, { name, timezone }]: Listed): Listed {
  return [expression, worker, { name, timezone }]
}
