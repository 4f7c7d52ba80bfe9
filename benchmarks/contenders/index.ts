import type { Contender } from './contender.ts'

/** Every contender by its key. Each is loaded alone, so that none pays for the memory of the others. */
const loaders: Readonly<Record<string, () => Promise<Contender>>> = {
  staffa: async () => (await import('./staffa.ts')).staffa,
  'staffa-strict': async () => (await import('./staffa.ts')).strictStaffa,
  floor: async () => (await import('./floor.ts')).floor,
}

export const contenderKeys: readonly string[] = Object.keys(loaders)

export async function loadContender(key: string): Promise<Contender> {
  const load = loaders[key]
  if (!load) throw new Error(`expected a contender to be one of ${contenderKeys.join(', ')}, got ${key}`)

  return load()
}
