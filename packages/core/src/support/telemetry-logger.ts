import type { Logger } from './logger.ts'
import { type EventSource, onTelemetry, type Telemetry, type TelemetryEvents, type TelemetryName } from './telemetry.ts'

/** What goes wrong in the background is logged as well, so that an instance which nobody watches is not silent. */
export function logFailures(telemetry: Telemetry, logger: Logger): Telemetry {
  return {
    ...telemetry,
    emit: (name, payload) => {
      const write = failures[name]
      if (write) logger[write.level]({ event: name, ...fieldsOf(name, payload as never) }, write.message)
      telemetry.emit(name, payload)
    },
  }
}

interface Line {
  readonly level: keyof Logger
  readonly message: string
}

const failures: Readonly<Partial<Record<TelemetryName, Line>>> = {
  failure: { level: 'warn', message: 'something failed in the background; it is tried again' },
  'job.abandoned': { level: 'warn', message: 'a function went on after its attempt was over' },
  'job.late': { level: 'warn', message: 'an attempt ended after its job was taken from it' },
}

const lines: Readonly<Partial<Record<TelemetryName, Line>>> = {
  ...failures,
  'job.start': { level: 'debug', message: 'a job starts' },
  'job.stop': { level: 'info', message: 'a job came to its end' },
  'job.exception': { level: 'error', message: 'a job failed' },
  'leader.election': { level: 'info', message: 'the lead has changed' },
  'notifier.switch': { level: 'info', message: 'the way of hearing news has changed' },
  'notifier.garbage': { level: 'warn', message: 'a notice made no sense' },
  'queue.shutdown': { level: 'info', message: 'a queue was stopped' },
  'service.exception': { level: 'error', message: 'a service failed' },
}

export interface LogTelemetryOptions {
  /** The events to log. Defaults to all but those of the engine and of services that did their work. */
  readonly events?: readonly TelemetryName[] | undefined
  /** Log what the instance of this name tells. Defaults to every instance in the process. */
  readonly instance?: string | undefined
}

/** Logs events, one line each, in a form that says what happened and never what args or results were. Returns what ends it. */
export function logTelemetry(logger: Logger, { events, instance }: LogTelemetryOptions = {}): () => void {
  const names = events ?? (Object.keys(lines) as TelemetryName[])
  const ends = names.map((name) =>
    onTelemetry(name, (event) => {
      if (instance !== undefined && event.instance !== instance) return
      const { level, message } = lines[name] ?? { level: 'debug', message: name }
      logger[level]({ event: name, instance: event.instance, node: event.node, ...fieldsOf(name, event) }, message)
    }),
  )

  return () => {
    for (const end of ends) end()
  }
}

/** The fields of a line: facts about the job, without its args, meta and result. */
function fieldsOf<Name extends TelemetryName>(_name: Name, event: TelemetryEvents[Name] | EventSource): object {
  const { job, result: _result, instance: _instance, node: _node, ...rest } = event as Record<string, unknown>
  if (typeof job !== 'object' || job === null) return rest
  const { id, worker, queue, attempt, maxAttempts, tags } = job as Record<string, unknown>

  return { job: { id, worker, queue, attempt, maxAttempts, tags }, ...rest }
}
