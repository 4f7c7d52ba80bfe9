import { inspect } from 'node:util'
import { type Logger, onTelemetry, type TelemetryName } from '@staffa/core'
import type { TestStaffa } from '@staffa/testing'

/** Every event there is: the compiler sees to that. */
const events: Readonly<Record<TelemetryName, true>> = {
  'job.start': true,
  'job.stop': true,
  'job.exception': true,
  'job.late': true,
  'job.abandoned': true,
  'engine.start': true,
  'engine.stop': true,
  'engine.exception': true,
  'service.start': true,
  'service.stop': true,
  'service.exception': true,
  'notifier.notify': true,
  'notifier.garbage': true,
  'notifier.switch': true,
  'leader.election': true,
  'queue.shutdown': true,
  failure: true,
}

/** Writes down whatever can be heard of a run. */
export interface Witness {
  readonly logger: Logger
  /** Everything so far, to the last property of the last cause. */
  readonly heard: readonly string[]
  hear(something: unknown): void
  stop(): void
}

/** Begins to listen to every event of this process. */
export function witness(): Witness {
  const heard: string[] = []
  const hear = (something: unknown) => void heard.push(inspect(something, whole))
  const stops = Object.keys(events).map((name) => onTelemetry(name as TelemetryName, hear))
  const logger = { debug: log, info: log, warn: log, error: log }

  function log(...line: readonly unknown[]): void {
    hear(line)
  }

  return { logger, heard, hear, stop: () => stops.forEach((stop) => void stop()) }
}

const whole = { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null, getters: true }

/** Every row of every table, as text. */
export async function dump(staffa: TestStaffa): Promise<readonly string[]> {
  const tables = await staffa.query<{ name: string }>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1',
    [staffa.prefix],
  )
  const rows: string[] = []
  for (const { name } of tables) {
    const found = await staffa.query<{ row: string }>(`SELECT t::text AS row FROM "${staffa.prefix}"."${name}" AS t`)
    rows.push(...found.map(({ row }) => `${name} ${row}`))
  }

  return rows
}

/** The secrets that are found in a text: as they are, in Base64 however aligned, or in hexadecimal. */
export function leaks(texts: readonly string[], secrets: readonly (string | Buffer)[]): readonly (string | Buffer)[] {
  const text = texts.join('\n')

  return secrets.filter((secret) =>
    disguises(Buffer.from(secret as string)).some((disguise) => text.includes(disguise)),
  )
}

function disguises(secret: Buffer): readonly string[] {
  const hex = secret.toString('hex')
  const aligned = [0, 1, 2].map((skip) => {
    const base64 = Buffer.concat([Buffer.alloc(skip), secret]).toString('base64')

    return base64.slice(skip === 0 ? 0 : skip + 1, base64.length - 4)
  })
  const base64url = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))

  return [
    secret.toString(),
    secret.toString('latin1'),
    hex,
    hex.replaceAll(/..(?!$)/g, '$& '),
    ...aligned,
    ...base64url,
  ]
}
