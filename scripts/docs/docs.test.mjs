import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from './compile.mjs'
import { extract } from './extract.mjs'
import { isDocumentation } from './pages.mjs'

const root = resolve(import.meta.dirname, '../..')
const page = (...lines) => extract({ path: 'docs/page.md', text: lines.join('\n') })

describe('extract', () => {
  test('a program keeps the numbers of its lines', () => {
    const { programs, blocks } = page(
      '# Title',
      '',
      '```ts',
      'const one = 1',
      '```',
      'and',
      '~~~~ts',
      'const two = 2',
      '~~~~',
    )

    expect(blocks).toBe(2)
    expect(programs).toEqual(['\n\n\nconst one = 1\nexport {}\n', '\n\n\n\n\n\n\nconst two = 2\nexport {}\n'])
  })

  test('a block may continue the one above it', () => {
    const { programs } = page('```ts', 'const one = 1', '```', '', '```ts', '// continues', 'one', '```')

    expect(programs).toEqual(['\nconst one = 1\n\n\n\n// continues\none\nexport {}\n'])
  })

  test('a block in a list is taken without its indent, and other languages are left alone', () => {
    const { programs } = page('- so:', '', '  ```ts', '  if (true) {', '    go()', '  }', '  ```', '```sh', 'ls', '```')

    expect(programs).toEqual(['\n\n\nif (true) {\n  go()\n}\nexport {}\n'])
  })

  test.each(['ts no-check', 'typescript', 'tsx'])('a fence of `%s` is refused', (info) => {
    expect(page('', `\`\`\`${info}`, 'nonsense', '```').complaints).toEqual([
      `docs/page.md:2 expected a fence of \`ts\`, got \`${info}\``,
    ])
  })

  test('nothing continues nothing', () => {
    expect(page('```ts', '// continues', '```').complaints).toHaveLength(1)
  })
})

test('pages of the project are read, working papers are not', () => {
  const paths = [
    'README.md',
    'docs/guides/a.md',
    'packages/core/README.md',
    'examples/01-hello/README.md',
    '.changeset/a.md',
  ]

  expect(paths.filter((path) => isDocumentation({ path }))).toEqual(paths.slice(0, 4))
})

test('what does not compile is told of by page and line', { timeout: 60_000 }, () => {
  const good = page(
    '```ts',
    "import { join } from 'node:path'",
    "console.log(await import('node:fs'), join('a'))",
    '```',
  )
  const bad = { ...page('Text', '```ts', 'const one: string = 1', '```'), path: 'docs/bad.md' }
  const lost = page('```ts', "import { nothing } from '@staffa/nowhere'", 'nothing()', '```')

  expect(compile(root, [good])).toEqual([])
  expect(compile(root, [good, bad, lost])).toEqual([
    "docs/bad.md:3: error TS2322: Type 'number' is not assignable to type 'string'.",
    expect.stringMatching(/^docs\/page\.md:2: error TS2307: Cannot find module '@staffa\/nowhere'/),
  ])
})
