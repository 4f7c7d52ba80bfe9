/** What a program with an embedded database is told. */
export interface ProgramOrder {
  /** Where the data lie. */
  readonly directory: string
  readonly node: string
  /** Where it writes down what it does. */
  readonly file: string
  readonly seed: number
}
