import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus'

/** Choices that one seed makes, the same every time. */
export interface Random {
  /** A whole number of `from` to `to`. */
  between(from: number, to: number): number
  /** One of a list. */
  pick<T>(list: readonly T[]): T
  /** Whether something happens that does so this often, of a hundred. */
  percent(chance: number): boolean
}

/** Makes the choices of a seed. */
export function randomOf(seed: number): Random {
  const generator = xorshift128plus(seed)
  const between = (from: number, to: number) => uniformInt(generator, from, to)

  return {
    between,
    percent: (chance) => between(1, 100) <= chance,
    pick: (list) => {
      const picked = list[between(0, list.length - 1)]
      if (picked === undefined) throw new Error('expected something to pick from, got an empty list')

      return picked
    },
  }
}

/** The seed of one scenario, so that each has its own and none depends on which others run. */
export function seedOf(seed: number, name: string): number {
  return [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed)
}
