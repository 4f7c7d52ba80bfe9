const reference = /`([^`\s]+\.ts)` — ("[^"]+"(?:, "[^"]+")*)/g

/**
 * Reads the tables of a page whose last column says which tests stand behind a row, or why there is none.
 * @typedef {{ path: string, title: string }} Reference
 * @typedef {{ line: number, cell: string, references: Reference[] }} Row
 * @returns {Row[]}
 */
export function readRows(text) {
  const lines = text.split('\n')

  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || isHead(lines, index)) return []
    const cell = cellsOf(line).at(-1) ?? ''

    return [{ line: index + 1, cell, references: referencesIn(cell) }]
  })
}

/** A row above the dashes, or the dashes themselves. */
function isHead(lines, index) {
  return isRule(lines[index]) || isRule(lines[index + 1])
}

function isRule(line) {
  return line !== undefined && /^\|(\s*:?-+:?\s*\|)+\s*$/.test(line)
}

function cellsOf(line) {
  return line
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
}

function referencesIn(cell) {
  return [...cell.matchAll(reference)].flatMap(([, path, titles]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title]) => ({ path, title })),
  )
}
