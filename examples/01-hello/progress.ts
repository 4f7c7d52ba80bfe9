/** Where lines go: a terminal, a pipe, or a file. */
export interface Output {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

/** A line that tells how far the work is. */
export interface Progress {
  /** One more is done. */
  step(): void
  /** Prints a line of its own. */
  say(line: string): void
  end(): void
}

const width = 32

/** Shows progress: on a terminal one line that is written over, elsewhere a line for every quarter. */
export function progress(out: Output, { done, total }: { done: number; total: number }): Progress {
  let current = done
  const draw = () => out.write(`\r\x1b[K${bar(current, total)}`)
  const quarter = (count: number) => Math.floor((4 * count) / total)

  if (out.isTTY) draw()

  return {
    step: () => {
      current += 1
      if (out.isTTY) draw()
      else if (quarter(current) > quarter(current - 1)) out.write(`${bar(current, total)}\n`)
    },
    say: (line) => {
      out.write(out.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`)
      if (out.isTTY) draw()
    },
    end: () => {
      if (out.isTTY) out.write('\r\x1b[K')
    },
  }
}

function bar(done: number, total: number): string {
  const filled = Math.round((width * done) / total)

  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done} of ${total} jobs`
}
