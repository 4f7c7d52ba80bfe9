import type { ServiceHost } from './host.ts'
import type { NotifierOptions } from './notifier.ts'
import type { Service } from './service.ts'

export type HostTools = Omit<ServiceHost, 'notify' | 'listen'>
type Handlers = NotifierOptions['handlers']
type Handler = Handlers[string]

/** Tells every service of its instance. Gives back what all of them want to hear, beside what the instance does. */
export function attach(services: readonly Service[], tools: HostTools, handlers: Handlers): Handlers {
  const heard = new Map<string, readonly Handler[]>()
  const listen = (channel: string, handler: Handler) => heard.set(channel, [...(heard.get(channel) ?? []), handler])
  for (const [channel, handler] of Object.entries(handlers)) listen(channel, handler)

  const notify = (channel: string, notice: object) => tools.engine.notify(channel, [notice])
  const host: ServiceHost = Object.freeze({ ...tools, notify, listen })
  for (const service of services) service.attach?.(host)

  return Object.fromEntries([...heard].map(([channel, list]) => [channel, inTurn(list)]))
}

function inTurn(handlers: readonly Handler[]): Handler {
  return (notice) => {
    for (const handler of handlers) handler(notice)
  }
}
