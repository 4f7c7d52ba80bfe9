import type { Notice } from '../engine/notice.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { toCommand } from './control.ts'
import type { Leader } from './leader.ts'
import type { Notifier, Subscription } from './notifier.ts'
import type { Orders } from './orders.ts'
import type { Producers } from './producers.ts'
import type { Settler } from './settler.ts'

export interface HearingParts {
  readonly notifier: Notifier
  readonly producers: Producers
  readonly settler: Settler
  readonly leader: Leader
  readonly telemetry: Telemetry
  readonly orders: Orders
  /** What services of the application's want to hear. */
  readonly asked: readonly Subscription[]
}

/** What this node does about notices. Subscribing begins to listen, so it waits for the start. Returns what ends it. */
export function hear({ notifier, producers, orders, settler, leader, telemetry, asked }: HearingParts): () => void {
  const nudgeAll = () => producers.nudge([...producers].map(({ queue }) => queue))
  const onSignal = (notice: Notice) => {
    const command = toCommand(notice)
    if (!command) return
    orders.hear(command).catch((error: unknown) => telemetry.emit('failure', { where: 'control', error }))
  }
  const onStaffa = ({ action }: Notice) => {
    if (action === 'settle') settler.wake()
  }

  const onInsert = ({ queue }: Notice) => producers.nudge([String(queue)])
  const ends = [
    ...asked,
    { channel: 'staffa', onNotice: onStaffa },
    { channel: 'leader', onNotice: () => leader.wake() },
    { channel: 'signal', onNotice: onSignal },
    { channel: 'insert', onNotice: onInsert, onListening: nudgeAll },
  ].map((subscription) => notifier.subscribe(subscription))

  return () => {
    for (const end of ends) end()
  }
}
