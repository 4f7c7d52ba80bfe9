import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

const skipped = /^(node_modules|dist|data|coverage|\.(?!changeset$).*)$/

/**
 * Reads every program text below `root`, parsed, with what it imports.
 * @typedef {{ specifier: string, line: number, target: string | undefined }} Import
 * @typedef {{ path: string, text: string, isTest: boolean, ast: ts.SourceFile, imports: Import[] }} Source
 * @returns {Source[]}
 */
export function readSources(root) {
  return paths(root)
    .filter((path) => /\.(ts|mts|mjs|js)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
}

/** Reads every Markdown page below `root`; changelogs are written by a tool. */
export function readPages(root) {
  return paths(root)
    .filter((path) => path.endsWith('.md') && !path.endsWith('CHANGELOG.md'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** The line, counted from 1, that a node begins on. */
export function lineOf(source, node) {
  return source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1
}

/** Calls `visit` with every node of a source. */
export function walk(source, visit) {
  const step = (node) => {
    visit(node)
    ts.forEachChild(node, step)
  }
  step(source.ast)
}

/** The package that a path belongs to, as in `packages/core`; undefined outside `packages/`. */
export function packageOf(path) {
  return /^packages\/[^/]+/.exec(path)?.[0]
}

/** Tests, and what stands beside them in a package's `test` folder. */
function isTest(path) {
  return /\.(test|test-d)\.\w+$/.test(path) || /^packages\/[^/]+\/test\//.test(path)
}

function paths(root, directory = '') {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(directory, entry.name)
    if (entry.isDirectory()) return skipped.test(entry.name) ? [] : paths(root, path)

    return entry.isFile() ? [path] : []
  })
}

function parse(path, text) {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const source = { path, text, ast, isTest: isTest(path), imports: [] }
  walk(source, (node) => {
    const specifier = importedBy(node)
    if (!specifier) return
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
    source.imports.push({ specifier, target, line: lineOf(source, node) })
  })

  return source
}

/** What a node imports, in any of the five ways: import, export from, import(), a type's import(), require(). */
function importedBy(node) {
  const literal =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node)
        ? node.argument.literal
        : isImportCall(node)
          ? node.arguments[0]
          : undefined

  return literal && ts.isStringLiteralLike(literal) ? literal.text : undefined
}

function isImportCall(node) {
  if (!ts.isCallExpression(node)) return false

  return node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
}
