import type { Lender } from './lanes.ts'
import type { PgClient } from './pg-pool.ts'
import { silentSince } from './silence.ts'

/**
 * Lends no connection that is likely to be dead. What has silenced one, such as a firewall that has forgotten it, has silenced
 * others: one that has not been heard since a statement was asked that got no answer is closed, and another one lent.
 * Each of those that wait would take a statement and the whole of its time to be found out.
 */
export class Trust implements Lender {
  readonly #lender: Lender
  /** When connections were last heard. One that is new here was opened a moment ago. */
  readonly #heard = new WeakMap<PgClient, number>()
  /** When the last statement was asked that got no answer. */
  #asked = Number.NEGATIVE_INFINITY

  constructor(lender: Lender) {
    this.#lender = lender
  }

  readonly connect: Lender['connect'] = async (lane) => {
    const client = await this.#lender.connect(lane)
    const heard = this.#heard.get(client) ?? performance.now()
    this.#heard.set(client, heard)
    if (heard >= this.#asked) return client
    this.#lender.release(client, {
      lane,
      failed: new Error('another connection has fallen silent since this one was heard'),
    })

    return this.connect(lane)
  }

  readonly release: Lender['release'] = (client, { lane, failed }) => {
    if (!failed) this.#heard.set(client, performance.now())
    else this.#asked = Math.max(this.#asked, silentSince(failed) ?? this.#asked)
    this.#lender.release(client, { lane, failed })
  }
}
