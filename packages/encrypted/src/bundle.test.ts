import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const program = `
  import { worker } from '@staffa/core'
  import { encrypted } from './index.ts'
  export const ship = worker({ name: 'ship' }).use(encrypted({ key: () => process.env.KEY! })).process(() => {})
`

test('adds less than 3 kB to a program: minified, compressed, and without core', async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['@staffa/core'],
  })

  expect(outputFiles.map(({ contents }) => gzipSync(contents).length)).toEqual([
    expect.toSatisfy((size) => size < 3_000),
  ])
})
