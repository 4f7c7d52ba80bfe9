const core = 'packages/core/src/'
const numbers = { job: 0, support: 0, lifecycle: 1, layers: 2, engine: 3, runtime: 4, facade: 5 }
const doors = new Set(['index.ts', 'plugin.ts', 'internal.ts'])
const top = 6

/** A file of core imports from its own floor or from one below; types count too. Tests stand outside the house. */
export function floors(sources) {
  return sources.filter(({ path, isTest }) => path.startsWith(core) && !isTest).flatMap(inspect)
}

function inspect({ path, imports }) {
  const own = floorOf(path)
  if (own === undefined) {
    const message = `expected a door (${[...doors].join(', ')}) or a floor (${Object.keys(numbers).join(', ')})`
    return [{ file: path, line: 1, rule: 'floors', message }]
  }

  return imports
    .filter(({ target }) => target?.startsWith(core) && floorOf(target) > own)
    .map(({ target, line }) => {
      const message = `floor ${own} may not import from floor ${floorOf(target)} (${target.slice(core.length)})`
      return { file: path, line, rule: 'floors', message }
    })
}

function floorOf(path) {
  const inner = path.slice(core.length)

  return doors.has(inner) ? top : numbers[inner.split('/', 1)[0]]
}
