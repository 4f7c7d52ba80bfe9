import type { Line } from './silence.ts'

/** A `pg.Pool`, by shape. */
export interface PgPool {
  connect(): Promise<PgClient>
  query(config: object): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PgClient) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'connect', listener: (client: PgClient) => void): unknown
  end(): Promise<void>
  readonly options?: { readonly max?: number | undefined } | undefined
}

/** What the driver answers with. */
export interface Answer {
  readonly rows: unknown[]
  readonly rowCount: number | null
}

/** A client that a pool lends. */
export interface PgClient extends Line {
  query(config: object): Promise<unknown>
  query(config: object, callback: (error: Error | null, answer: Answer) => void): void
  on(event: string, listener: (value: never) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
  release(destroy?: boolean | Error): void
}
