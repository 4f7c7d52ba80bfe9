/** What a test tells a node to be. Times are in milliseconds. */
export interface NodeOrder {
  readonly url: string
  readonly prefix: string
  readonly node: string
  readonly limit: number
  /** How long a job takes. */
  readonly work: number
  /** The lease of the lead, and of producers. */
  readonly lease: number
}

/** What a node tells the test. */
export type NodeReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'leader'; readonly leader: boolean }
  | { readonly kind: 'paused'; readonly paused: boolean }
  | { readonly kind: 'start'; readonly id: number; readonly running: number }
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'stopped' }
