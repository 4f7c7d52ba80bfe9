import { StaffaError } from './errors.ts'

/** Gathers single items into batches: one batch is under way, and what arrives meanwhile is the next. */
export interface Batcher<Item, Result> {
  /** Hands over an item; resolves with its own result. */
  add(item: Item): Promise<Result>
  /** The same for one who would rather be called back than hold a promise; neither may throw. */
  put(item: Item, resolve: (result: Result) => void, reject: (reason: unknown) => void): void
  /** How many items wait or are under way. */
  readonly size: number
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

export interface BatcherOptions<Item, Result> {
  /** Deals with a batch; gives one result an item, in the same order, or throws for all of them. */
  readonly flush: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>
  /** The largest batch. */
  readonly limit: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/** Makes a batcher. It holds no timer: an idle one flushes at once, a busy one as soon as it can. */
export function batcher<Item, Result>({ flush, limit }: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let underWay = 0
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    await turn()
    while (waiting.length > 0) await next()
    running = undefined
  }

  async function next(): Promise<void> {
    const batch = waiting.slice(0, limit)
    waiting = waiting.slice(limit)
    underWay = batch.length
    try {
      settle(batch, await flush(batch.map(({ item }) => item)))
    } catch (reason) {
      for (const { reject } of batch) reject(reason)
    }
    underWay = 0
  }

  function put(item: Item, resolve: (result: Result) => void, reject: (reason: unknown) => void): void {
    waiting.push({ item, resolve, reject })
    running ??= run()
  }

  return {
    put,
    add: (item) => new Promise<Result>((resolve, reject) => put(item, resolve, reject)),
    get size() {
      return waiting.length + underWay
    },
    idle: async () => running,
  }
}

function settle<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  results: readonly PromiseSettledResult<Result>[],
): void {
  if (results.length !== batch.length) {
    const message = `expected a result for each item of a batch, got ${results.length} for ${batch.length}`
    throw new StaffaError('DATABASE_FAILED', message)
  }

  for (const [index, { resolve, reject }] of batch.entries()) {
    const result = results[index]
    if (result?.status === 'fulfilled') resolve(result.value)
    else reject(result?.reason)
  }
}

/** Resolves when everything has run that can run without waiting: all that it adds joins the first batch. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
