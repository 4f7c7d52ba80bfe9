/** The end of a message, `, did you mean "queue"?`, when one of the known words is near; otherwise nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const near = nearest && nearest.distance <= Math.max(1, Math.floor(nearest.candidate.length / 3))

  return near ? `, did you mean ${JSON.stringify(nearest.candidate)}?` : ''
}

/** How many letters to insert, delete or replace to get from one word to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)

  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const replace = (previous[column] ?? 0) + (letter === other ? 0 : 1)
      current.push(Math.min(replace, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }

  return previous.at(-1) ?? 0
}
