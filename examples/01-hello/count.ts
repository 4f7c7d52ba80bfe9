/** What is counted in a file. */
export interface Count {
  readonly lines: number
  readonly words: number
  /** Of a Markdown page. */
  readonly headings: number
  readonly links: number
  /** Of a TypeScript module. */
  readonly imports: number
  readonly exports: number
}

/** What is counted, in the order in which it is shown. */
export const counted: readonly (keyof Count)[] = ['lines', 'words', 'headings', 'links', 'imports', 'exports']

/** Counts what is worth counting in a file's text. */
export function count(path: string, text: string): Count {
  const page = path.endsWith('.md') ? text.replaceAll(/^```.*?^```/gms, '') : ''
  const program = path.endsWith('.ts') ? text : ''

  return {
    lines: matches(text, /\n|[^\n]$/g),
    words: matches(text, /\S+/g),
    headings: matches(page, /^#{1,6} /gm),
    links: matches(page, /\]\([^)\s]+\)/g),
    imports: matches(program, /^import /gm),
    exports: matches(program, /^export /gm),
  }
}

function matches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
