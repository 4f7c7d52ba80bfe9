/** No file imports itself by way of others. Types count too: whoever reads one file must not need both. */
export function cycles(sources) {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const done = new Set()
  const problems = []

  for (const source of sources) visit(source, [])

  return problems

  function visit(source, trail) {
    if (done.has(source.path)) return
    for (const { target, line } of source.imports) {
      const next = byPath.get(target)
      if (!next) continue
      const start = [...trail, source].indexOf(next)
      if (start < 0) visit(next, [...trail, source])
      else problems.push(describe([...trail, source].slice(start), { file: source.path, line }))
    }
    done.add(source.path)
  }
}

function describe(circle, where) {
  const names = [...circle, circle[0]].map(({ path }) => path)

  return { ...where, rule: 'cycles', message: names.join(' → ') }
}
