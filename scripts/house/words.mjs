import ts from 'typescript'
import { lineOf } from './sources.mjs'

const american = /\w*cancel(?:ed|ing)\w*/gi

/** One spelling, in programs and on pages: the one that the database has. */
export function spelling(texts) {
  return texts.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      [...line.matchAll(american)].map(([word]) => {
        const message = `expected the double l of the state 'cancelled', got '${word}'`

        return { file: path, line: index + 1, rule: 'spelling', message }
      }),
    ),
  )
}

/** Named exports only, except where a tool reads a file's default. */
export function defaults(sources) {
  return sources
    .filter(({ path }) => !/\.config\.\w+$/.test(path))
    .flatMap((source) =>
      source.ast.statements.filter(isDefaultExport).map((statement) => {
        const message = 'expected a named export, got a default'

        return { file: source.path, line: lineOf(source, statement), rule: 'exports', message }
      }),
    )
}

function isDefaultExport(statement) {
  if (ts.isExportAssignment(statement)) return true
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
    return statement.exportClause.elements.some(({ name }) => name.text === 'default')
  }

  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false
}
