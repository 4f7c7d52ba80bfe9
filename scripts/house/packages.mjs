import { packageOf } from './sources.mjs'

/** Packages meet at their doors: none reaches into another's files, and core imports nothing of ours. */
export function packages(sources) {
  return sources.filter(({ path }) => /^packages\/[^/]+\/(src|test)\//.test(path)).flatMap(inspect)
}

function inspect(source) {
  return source.imports.flatMap(({ specifier, target, line }) => {
    const message = complaint(source, specifier, target)

    return message ? [{ file: source.path, line, rule: 'packages', message }] : []
  })
}

function complaint({ path, isTest }, specifier, target) {
  const own = packageOf(path)
  if (target) return reach({ own, isTest, specifier, target })
  if (!specifier.startsWith('@staffa/')) return undefined
  if (specifier.split('/')[2] === 'src') return `'${specifier}' is not a door`
  if (own === 'packages/core' && !isTest) return `core imports nothing of ours, got '${specifier}'`

  return undefined
}

function reach({ own, isTest, specifier, target }) {
  const other = packageOf(target)
  if (other === own) return undefined
  if (other) return `'${specifier}' reaches into ${other}: import from one of its doors`

  return isTest ? undefined : `'${specifier}' reaches out of ${own}`
}
