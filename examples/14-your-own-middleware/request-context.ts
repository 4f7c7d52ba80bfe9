import { AsyncLocalStorage } from 'node:async_hooks'
import { definePlugin, type JobContext, type Next } from '@staffa/core/plugin'

interface Request {
  readonly id: string
}

const storage = new AsyncLocalStorage<Request>()

/** Runs work as part of a request: whatever it calls can ask which. */
export function inRequest<T>(request: Request, work: () => T): T {
  return storage.run(request, work)
}

/** The id of the request that all this is for, or `none`. */
export function requestId(): string {
  return storage.getStore()?.id ?? 'none'
}

/** Both halves of a layer: a job remembers the request that inserted it, and runs as part of that. */
export const requestContext = definePlugin({
  plugin: 'request-context',
  insert: (job) => ({ ...job, meta: { ...job.meta, request: requestId() } }),
  execute: ({ job }: JobContext, next: Next) => inRequest({ id: String(job.meta.request) }, () => next()),
})
