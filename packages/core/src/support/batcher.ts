import { StaffaError } from './errors.ts'

/** Gathers single items into batches: one batch is under way, and what arrives meanwhile is the next. */
export interface Batcher<Item, Result> {
  /** Hands over an item; resolves with its own result. */
  add(item: Item): Promise<Result>
  /** The same for one who would rather be called back than hold a promise. */
  put<I extends Item>(item: I, settled: Settled<I, Result>): void
  /** The items that wait or are under way. */
  items(): readonly Item[]
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

/** Called back with what has become of an item. May not throw. One function can serve many items. */
export type Settled<Item, Result> = (result: PromiseSettledResult<Result>, item: Item) => void

export interface BatcherOptions<Item, Result> {
  /** Deals with a batch; gives one result an item, in the same order, or throws for all of them. */
  readonly flush: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>
  /** The largest batch. */
  readonly limit: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly settled: Settled<Item, Result>
}

/** Makes a batcher. It holds no timer: an idle one flushes at once, a busy one as soon as it can. */
export function batcher<Item, Result>({ flush, limit }: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let underWay: readonly Waiting<Item, Result>[] = []
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    await turn()
    while (waiting.length > 0) await next()
    running = undefined
  }

  async function next(): Promise<void> {
    const batch = waiting.slice(0, limit)
    waiting = waiting.slice(limit)
    underWay = batch
    try {
      settle(batch, await flush(batch.map(({ item }) => item)))
    } catch (reason) {
      for (const { item, settled } of batch) settled({ status: 'rejected', reason }, item)
    }
    underWay = []
  }

  function put<I extends Item>(item: I, settled: Settled<I, Result>): void {
    waiting.push({ item, settled: settled as never })
    running ??= run()
  }

  function add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      put(item, (result) => (result.status === 'fulfilled' ? resolve(result.value) : reject(result.reason)))
    })
  }

  return {
    put,
    add,
    items: () => [...underWay, ...waiting].map(({ item }) => item),
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

  for (const [index, { item, settled }] of batch.entries()) settled(results[index]!, item)
}

/** Resolves when everything has run that can run without waiting: all that it adds joins the first batch. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
