import type { Contender } from './contender.ts'

/** Every contender by its key. Each is loaded alone, so that none pays for the memory of the others. */
const loaders: Readonly<Record<string, () => Promise<Contender>>> = {
  staffa: async () => (await import('./staffa.ts')).staffa,
  'staffa-strict': async () => (await import('./staffa.ts')).strictStaffa,
  'staffa-pglite': async () => (await import('./staffa-pglite.ts')).staffaOnPglite,
  'layers-structured': async () => (await import('./staffa-layers.ts')).structuredStaffa,
  'layers-all': async () => (await import('./staffa-layers.ts')).layeredStaffa,
  'layers-hooks': async () => (await import('./staffa-layers.ts')).hookedStaffa,
  floor: async () => (await import('./floor.ts')).floor,
  graphile: async () => (await import('./graphile-worker.ts')).graphileWorker,
  'graphile-unbuffered': async () => (await import('./graphile-worker.ts')).graphileWorkerUnbuffered,
  'graphile-tuned': async () => (await import('./graphile-worker.ts')).graphileWorkerTuned,
  'graphile-best': async () => (await import('./graphile-worker.ts')).graphileWorkerBest,
  'pg-boss': async () => (await import('./pg-boss.ts')).pgBoss,
  'pg-boss-unbuffered': async () => (await import('./pg-boss.ts')).pgBossUnbuffered,
  'pg-boss-notified': async () => (await import('./pg-boss.ts')).pgBossNotified,
  'bullmq-postgres': async () => (await import('./bullmq.ts')).bullmqPostgres,
  'bullmq-redis': async () => (await import('./bullmq.ts')).bullmqRedis,
}

export const contenderKeys: readonly string[] = Object.keys(loaders)

export async function loadContender(key: string): Promise<Contender> {
  const load = loaders[key]
  if (!load) throw new Error(`expected a contender to be one of ${contenderKeys.join(', ')}, got ${key}`)

  return load()
}
