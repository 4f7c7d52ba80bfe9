import ts from 'typescript'
import { lineOf, packageOf, walk } from './sources.mjs'

const timers = /^(globalThis\.)?(setTimeout|setInterval|setImmediate)$|^AbortSignal\.timeout$/

/** Some things are done in one place only: timers in core's runtime, SQL in its engine, printing in the cli. */
export function places(sources) {
  return sources
    .filter(({ path, isTest }) => /^packages\/[^/]+\/src\//.test(path) && !isTest)
    .flatMap((source) => [...misplacedImports(source), ...misplacedCalls(source)])
}

function misplacedImports({ path, imports }) {
  return imports.flatMap(({ specifier, line }) => {
    const place = { file: path, line, rule: 'places' }
    if (/^(kysely|pg)(\/|$)|^pg-/.test(specifier) && isCoreOutside(path, 'engine')) {
      return [{ ...place, message: `only core's engine/ imports '${specifier}'` }]
    }
    if (/^(node:)?timers\b/.test(specifier) && isCoreOutside(path, 'runtime')) {
      return [{ ...place, message: `only core's runtime/ has timers, got '${specifier}'` }]
    }

    return []
  })
}

function misplacedCalls(source) {
  const problems = []
  walk(source, (node) => {
    if (!ts.isCallExpression(node)) return
    const callee = node.expression.getText()
    const place = { file: source.path, line: lineOf(source, node), rule: 'places' }
    if (timers.test(callee) && isCoreOutside(source.path, 'runtime')) {
      problems.push({ ...place, message: `only core's runtime/ has timers, got ${callee}()` })
    }
    if (callee.startsWith('console.') && packageOf(source.path) !== 'packages/cli') {
      problems.push({ ...place, message: `a library does not print, got ${callee}()` })
    }
  })

  return problems
}

function isCoreOutside(path, floor) {
  return path.startsWith('packages/core/src/') && !path.startsWith(`packages/core/src/${floor}/`)
}
