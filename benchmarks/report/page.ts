/** Puts a text between the two comments of a name; all else stays as it is. */
export function fillIn(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const start = page.indexOf(begin)
  const stop = page.indexOf(end)
  if (start < 0 || stop < start) throw new Error(`expected the page to have ${begin} and ${end}`)

  return `${page.slice(0, start + begin.length)}\n\n${text}\n\n${page.slice(stop)}`
}

/** The names that a page has comments for. */
export function places(page: string): readonly string[] {
  return [...page.matchAll(/<!-- \/([\w-]+) -->/g)].map(([, name]) => name as string)
}
