import type { Answer } from './pg-pool.ts'

/** A driver's connection, as far as a query speaks to it. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  /** The texts of the statements that the session has prepared, and of those that are on the way there, by name. */
  readonly parsedStatements: Readonly<Record<string, string>>
  readonly submittedNamedStatements: Record<string, string>
  parse(statement: { readonly name: string; readonly text: string }): void
  bind(portal: {
    readonly statement: string
    readonly values: readonly unknown[]
    readonly valueMapper: (value: unknown) => string | null
  }): void
  execute(portal: { readonly portal: string }): void
  sync(): void
}

export interface TextQueryConfig {
  /** The name to prepare it under, if any. */
  readonly name?: string | undefined
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * A query for the driver to submit, as it takes them from cursors. It asks for no description of its rows, for they come
 * as text: the server makes none, and nothing is made of it here, which for a job from an idle queue is a fifth of what a
 * node allocates. And a row is what came over the wire, not a copy of it.
 */
export class TextQuery {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  /** How long the driver waits for an answer, where it has to: it reads that here. */
  readonly query_timeout: number | undefined
  /** The driver's to set, and whoever traces it. */
  callback: ((error: Error | null, answer?: Answer) => void) | undefined
  readonly #rows: unknown[] = []
  #count: number | null = null

  constructor({ name = '', text, values }: TextQueryConfig, limit: { readonly query_timeout?: number } = {}) {
    this.name = name
    this.text = text
    this.values = values
    this.query_timeout = limit.query_timeout
  }

  /** One write for all messages. */
  submit(wire: Wire): null {
    wire.stream.cork()
    try {
      this.#parse(wire)
      wire.bind({ statement: this.name, values: this.values, valueMapper: toText })
      wire.execute({ portal: '' })
      wire.sync()
    } finally {
      wire.stream.uncork()
    }

    return null
  }

  #parse(wire: Wire): void {
    const { name, text } = this
    if (name && (name in wire.parsedStatements || name in wire.submittedNamedStatements)) return
    wire.parse({ name, text })
    if (name) wire.submittedNamedStatements[name] = text
  }

  handleDataRow({ fields }: { readonly fields: unknown[] }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const count = /\d+$/.exec(text)
    this.#count = count && Number(count[0])
  }

  handleError(error: Error): void {
    this.callback?.(error)
  }

  handleReadyForQuery(): void {
    this.callback?.(null, { rows: this.#rows, rowCount: this.#count })
  }

  handleEmptyQuery(): void {}
}

function toText(value: unknown): string | null {
  return value === null ? null : String(value)
}
