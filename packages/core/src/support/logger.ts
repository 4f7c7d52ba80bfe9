/** What Staffa needs of a logger; pino and its kin fit as they are. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}

type Level = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

export interface JsonLoggerOptions {
  /** The least important level that is written. Defaults to `warn`. */
  readonly level?: Level | undefined
  /** Where lines go. Defaults to the standard error stream. */
  readonly write?: ((line: string) => void) | undefined
}

/** Makes a logger that writes one JSON object a line. */
export function jsonLogger({ level = 'warn', write = toStandardError }: JsonLoggerOptions = {}): Logger {
  const at = (own: Level) => (fields: object, message?: string) => {
    if (levels.indexOf(own) < levels.indexOf(level)) return
    const text = message === undefined ? {} : { message }
    write(JSON.stringify({ time: new Date().toISOString(), level: own, ...text, ...fields }, readable))
  }

  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`)
}

function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (!(value instanceof Error)) return value

  return { name: value.name, message: value.message, stack: value.stack, ...('code' in value && { code: value.code }) }
}
