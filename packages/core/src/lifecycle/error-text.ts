/** The longest error that is kept, in characters. */
const longest = 16_384

/** The largest number of causes that are followed. */
const deepest = 5

/**
 * Writes an error as it is kept in a job: a headline, `** (Name) message`, then one indented line a frame, then the
 * errors that caused it. Frames inside Node and inside Staffa are left out.
 */
export function errorText(error: unknown): string {
  try {
    return clean(withCauses(error))
  } catch {
    return `** (Thrown) ${indescribable}`
  }
}

function withCauses(error: unknown): string {
  const parts: string[] = []
  const seen = new Set<unknown>()

  for (let current = error; parts.length < deepest && !seen.has(current); current = causeOf(current)) {
    if (parts.length > 0 && current === undefined) break
    seen.add(current)
    parts.push(parts.length === 0 ? one(current) : `Caused by: ${one(current)}`)
  }

  return parts.join('\n')
}

/** For what throws when it is looked at: writing an error never fails. */
const indescribable = 'something that cannot be described'

/** Staffa's own frames, when it runs from its repository. */
const ownFrame = /[\\/]packages[\\/]core[\\/]src[\\/](?:layers[\\/](?:compose|worker)|runtime[\\/](?:executor|producer|drainer|inline))\.ts:/

/** The headline alone, for an outcome that has a reason and no stack. */
export function reasonText(kind: string, worker: string, reason: unknown): string {
  const headline = `** (${kind}) ${worker} ${verbs[kind] ?? 'failed'}`
  try {
    if (reason instanceof Error) return errorText(reason)

    return clean(reason === undefined ? headline : `${headline}: ${wordsOf(reason)}`)
  } catch {
    return `${headline}: ${indescribable}`
  }
}

const verbs: Readonly<Record<string, string>> = { Cancelled: 'was cancelled', Discarded: 'was discarded' }

function one(error: unknown): string {
  if (!(error instanceof Error)) return `** (Thrown) ${wordsOf(error)}`

  return [`** (${nameOf(error)}) ${error.message}`, ...framesOf(error)].join('\n')
}

function nameOf(error: Error): string {
  return 'code' in error && error.name === 'StaffaError' ? `StaffaError ${String(error.code)}` : error.name
}

function framesOf(error: Error): readonly string[] {
  const lines = typeof error.stack === 'string' ? error.stack.split('\n') : []

  return lines
    .filter(
      (line) => /^\s+at /.test(line) && !/\(node:|at node:|node_modules[\\/]@staffa/.test(line) && !ownFrame.test(line),
    )
    .slice(0, 20)
    .map((line) => `    ${line.trim()}`)
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function wordsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)

  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** PostgreSQL takes neither NUL nor half of a surrogate pair. */
function clean(text: string): string {
  const whole = text.replaceAll('\0', '\u{FFFD}').toWellFormed()

  return whole.length > longest ? `${whole.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : whole
}
