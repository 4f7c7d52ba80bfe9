const fence = /^(?<indent>\s*)(?<ticks>`{3,}|~{3,})(?<info>.*)$/
const known = new Set(['ts', ''])

/**
 * Takes the programs out of a page. Every line of a program keeps its number, so that a compiler's complaint points at
 * the page. A block that begins with `// continues` belongs to the program above it.
 * @typedef {{ path: string, blocks: number, programs: string[], complaints: string[] }} Page
 * @returns {Page}
 */
export function extract({ path, text }) {
  const page = { path, blocks: 0, programs: [], complaints: [] }
  const programs = []
  for (const block of blocksOf(text)) {
    if (!/^(ts|typescript|tsx|mts)\b/.test(block.info)) continue
    if (!known.has(block.info))
      page.complaints.push(`${path}:${block.line} expected a fence of \`ts\`, got \`${block.info}\``)
    page.blocks += 1
    const continues = block.lines[0]?.trim().startsWith('// continues')
    if (continues && programs.length === 0)
      page.complaints.push(`${path}:${block.line} expected a block to continue, got none`)
    if (!continues || programs.length === 0) programs.push([])
    block.lines.forEach((line, index) => {
      programs.at(-1)[block.line + index] = line
    })
  }

  return {
    ...page,
    programs: programs.map((lines) => `${Array.from(lines, (line) => line ?? '').join('\n')}\nexport {}\n`),
  }
}

/** The fenced blocks of a page; `line` is where the fence stands, counted from 1. */
function blocksOf(text) {
  const blocks = []
  let open
  text.split('\n').forEach((line, index) => {
    const { indent, ticks, info } = fence.exec(line)?.groups ?? {}
    if (open && ticks?.startsWith(open.ticks) && info.trim() === '') open = undefined
    else if (open) open.lines.push(line.slice(0, open.indent).trim() === '' ? line.slice(open.indent) : line)
    else if (ticks) {
      open = { ticks, indent: indent.length, info: info.trim(), line: index + 1, lines: [] }
      blocks.push(open)
    }
  })

  return blocks
}
