import { cycles } from './cycles.mjs'
import { floors } from './floors.mjs'
import { packages } from './packages.mjs'
import { places } from './places.mjs'
import { sizes } from './sizes.mjs'
import { readPages, readSources } from './sources.mjs'
import { defaults, spelling } from './words.mjs'

/**
 * Applies every rule to the repository at `root`.
 * @typedef {{ file: string, line: number, rule: string, message: string }} Problem
 */
export function inspect(root) {
  const sources = readSources(root)
  const pages = readPages(root)
  const rules = [floors, cycles, sizes, packages, places, defaults]
  const problems = [...rules.flatMap((rule) => rule(sources)), ...spelling([...sources, ...pages])]

  return { files: sources.length + pages.length, problems: problems.toSorted(inReadingOrder) }
}

function inReadingOrder(one, other) {
  return one.file.localeCompare(other.file) || one.line - other.line
}
