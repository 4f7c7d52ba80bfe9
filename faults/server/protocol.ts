/** How a server is stopped: with its clients sent away, in the middle of everything, or as by a power cut. */
export type StopMode = 'fast' | 'immediate' | 'kill'

/** What a keeper is told. */
export interface Order {
  readonly id: number
  readonly command: Command
}

export type Command =
  | { readonly action: 'create' | 'start' }
  | { readonly action: 'stop'; readonly how: StopMode }
  /** The disk takes no file of more than so many bytes; undefined for one with room again. */
  | { readonly action: 'fill'; readonly bytes: number | undefined }

/** What it says: where the server is, or why not. */
export interface Answer {
  readonly id: number
  readonly value?: string
  readonly error?: string
}
