import { definePlugin, type JobContext, type Next, StaffaError } from '@staffa/core/plugin'

/** Every job belongs to a tenant: the one that is current at insertion. The layers inside find it in their context. */
export function tenant(current: () => string | undefined) {
  return definePlugin({
    plugin: 'tenant',
    insert: (job) => {
      const name = current()
      if (name === undefined) throw new StaffaError('NO_TENANT', `expected a tenant for ${job.worker}, got none`)

      return { ...job, meta: { ...job.meta, tenant: name } }
    },
    execute: ({ job }: JobContext, next: Next) => next({ tenant: String(job.meta.tenant) }),
  })
}
