import ts from 'typescript'
import { lineOf, walk } from './sources.mjs'

const ceilings = { body: 50, source: 250, test: 400, imports: 12, parameters: 3 }

/** Nothing is longer than a screen: bodies, files, lists of imports and of parameters. */
export function sizes(sources) {
  return sources.flatMap((source) => [...ofFile(source), ...ofFunctions(source)])
}

function ofFile({ path, text, isTest, ast }) {
  const ceiling = isTest ? ceilings.test : ceilings.source
  const lines = text.trimEnd().split('\n').length
  const imports = ast.statements.filter(ts.isImportDeclaration).length

  return [
    ...over(ceiling, lines, 'lines in this file').map((problem) => ({ file: path, line: ceiling + 1, ...problem })),
    ...over(ceilings.imports, imports, 'imports').map((problem) => ({ file: path, line: 1, ...problem })),
  ]
}

function ofFunctions(source) {
  const problems = []
  walk(source, (node) => {
    if (!ts.isFunctionLike(node) || !node.body) return
    const place = { file: source.path, line: lineOf(source, node) }
    for (const problem of ofFunction(source, node)) problems.push({ ...place, ...problem })
  })

  return problems
}

function ofFunction(source, node) {
  const name = (node.name ?? node.parent.name)?.getText() ?? 'a function'
  const named = node.parameters.filter((parameter) => parameter.name.getText() !== 'this').length
  const parameters = isRow(node) ? 0 : named
  const lines = isSuite(node) ? 0 : bodyLines(source, node.body)

  return [
    ...over(ceilings.parameters, parameters, `parameters of ${name}`),
    ...over(ceilings.body, lines, `lines in the body of ${name}`),
  ]
}

function over(ceiling, got, what) {
  return got > ceiling ? [{ rule: 'sizes', message: `expected at most ${ceiling} ${what}, got ${got}` }] : []
}

/** The lines between the braces; the lines of the expression when there are none. */
function bodyLines({ ast }, body) {
  const [first, last] = [body.getStart(ast), body.end].map((at) => ast.getLineAndCharacterOfPosition(at).line)

  return ts.isBlock(body) ? Math.max(last - first - 1, 1) : last - first + 1
}

/** The callback of a `test.each` takes as many parameters as the table has columns. */
function isRow(node) {
  return ts.isCallExpression(node.parent) && /\.(each|for)\b/.test(node.parent.expression.getText())
}

/** The callback of a `describe` holds tests as a file holds functions: its length is the file's affair. */
function isSuite(node) {
  return ts.isCallExpression(node.parent) && /^(describe|suite)\b/.test(node.parent.expression.getText())
}
