import type { StaffaError } from '../support/errors.ts'
import { semaphore } from '../support/semaphore.ts'
import type { Holder } from './beater.ts'
import { Producer } from './producer.ts'
import type { ProducerTools } from './producer-tools.ts'
import type { QueueOptions } from './queue.ts'
import type { Service } from './service.ts'

/** How many queues of a node fetch at once: enough to keep a server busy, and fewer than a pool has connections. */
const fetchesAtOnce = 4

/** The producers of one node, by queue. Queues may come and go while it runs. */
export class Producers implements Service {
  readonly #tools: ProducerTools
  readonly #initial: Readonly<Record<string, QueueOptions>>
  readonly #byQueue = new Map<string, Producer>()
  readonly #adopted = new Set<Holder>()
  /** Also those that have stopped fetching and still have ends to write. */
  readonly #uuids = new Set<string>()
  readonly #closing = new Map<string, Promise<void>>()
  /** Queues that were started while they were stopping. */
  readonly #reopening = new Map<string, QueueOptions>()
  /** Once the node stops, nothing begins any more, whoever asks for it. */
  #closed = false

  constructor(initial: Readonly<Record<string, QueueOptions>>, tools: Omit<ProducerTools, 'fetching'>) {
    this.#initial = initial
    this.#tools = { ...tools, fetching: semaphore(fetchesAtOnce) }
  }

  start(): void {
    for (const [queue, options] of Object.entries(this.#initial)) this.open(queue, options)
  }

  async stop(): Promise<void> {
    this.#closed = true
    this.#reopening.clear()
    await Promise.all([...this.#byQueue.keys()].map((queue) => this.close(queue)))
  }

  [Symbol.iterator](): Iterator<Producer> {
    return this.#byQueue.values()
  }

  get(queue: string): Producer | undefined {
    return this.#byQueue.get(queue)
  }

  get uuids(): readonly string[] {
    return [...this.#uuids]
  }

  /** Counts what runs jobs outside of queues as this node's own: its ends are written, its jobs can be aborted. */
  adopt(holder: Holder): void {
    this.#adopted.add(holder)
    this.#uuids.add(holder.uuid)
  }

  disown(holder: Holder): void {
    this.#adopted.delete(holder)
    this.#uuids.delete(holder.uuid)
  }

  /** Begins to work a queue, or does when it has stopped that is stopping; one that is worked goes on as it is. */
  open(queue: string, options: QueueOptions): void {
    if (this.#closed) return
    if (this.#closing.has(queue)) this.#reopening.set(queue, options)
    if (this.#byQueue.has(queue)) return
    const producer = new Producer(queue, options, this.#tools)
    this.#byQueue.set(queue, producer)
    this.#uuids.add(producer.uuid)
    producer.start()
  }

  /** Ends the work of a queue; what runs may end within the grace period. */
  async close(queue: string): Promise<void> {
    this.#reopening.delete(queue)
    const producer = this.#byQueue.get(queue)
    if (!producer) return
    const closing = this.#closing.get(queue) ?? this.#close(producer)
    this.#closing.set(queue, closing)
    await closing
  }

  async #close(producer: Producer): Promise<void> {
    const { queue } = producer
    await producer.stop()
    this.#byQueue.delete(queue)
    this.#closing.delete(queue)
    const again = this.#reopening.get(queue)
    this.#reopening.delete(queue)
    if (again) this.open(queue, again)
    if (producer.busy) return // its row stays: silence tells when its jobs may be taken back
    this.#uuids.delete(producer.uuid)
    await this.#tools.engine.forgetProducers([producer.uuid]).catch((error: unknown) => {
      this.#tools.telemetry.emit('failure', { where: `producer ${queue}`, error })
    })
  }

  /** Says that these queues have something to fetch. */
  nudge(queues: Iterable<string>): void {
    for (const queue of queues) this.#byQueue.get(queue)?.nudge()
  }

  /** Ends a running job early, wherever it runs on this node; tells whether it ran here. */
  abort(id: number, reason: StaffaError): boolean {
    return [...this.#byQueue.values(), ...this.#adopted].some((holder) => holder.abort(id, reason))
  }
}
