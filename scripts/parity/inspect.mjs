import { readRows } from './rows.mjs'

/**
 * What is wrong with the page of parity. Every row has to name a test that exists, or to say why there is none:
 * `path/to/file.test.ts` — "title", or a sentence that begins with "No:".
 * @param {{ path: string, text: string }} page
 * @param {(path: string) => string | undefined} read gives the text of a file, if there is one
 * @returns {string[]}
 */
export function inspectParity(page, read) {
  const rows = readRows(page.text)
  if (rows.length === 0) return [`${page.path} expected a table of features, got none`]

  return rows.flatMap((row) => complaintsAbout(row, read).map((text) => `${page.path}:${row.line} ${text}`))
}

function complaintsAbout({ cell, references }, read) {
  if (references.length === 0 && !cell.startsWith('No:')) return ['expected a test, or a reason that begins with "No:"']
  const named = new Set(references.map(({ path }) => path))
  const bare = [...cell.matchAll(/`([^`\s]+\.ts)`/g)].map(([, path]) => path).filter((path) => !named.has(path))

  return [
    ...bare.map((path) => `expected a title after ${path}`),
    ...references.flatMap((reference) => complaintAbout(reference, read)),
  ]
}

function complaintAbout({ path, title }, read) {
  const text = read(path)
  if (text === undefined) return [`expected a file at ${path}`]
  const isThere = [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => text.includes(literal))

  return isThere ? [] : [`expected a test in ${path} with the title ${JSON.stringify(title)}`]
}
