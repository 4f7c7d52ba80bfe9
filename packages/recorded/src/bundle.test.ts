import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const program = `
  import { worker } from '@staffa/core'
  import { recorded } from './index.ts'
  export const sum = worker({ name: 'sum' }).use(recorded()).process(() => 42)
`

it('adds less than 3 kB to a program: minified, compressed, without core, and before a codec is loaded', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    splitting: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
    external: ['@staffa/core'],
  })
  const loadedLater = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.flatMap(({ kind, path }) => (kind === 'dynamic-import' ? path : [])),
  )
  const atOnce = outputFiles.filter(
    ({ path }) => !loadedLater.some((later) => path.endsWith(later.replace('out/', ''))),
  )

  expect(loadedLater).toHaveLength(2)
  expect(atOnce.reduce((total, { contents }) => total + gzipSync(contents).length, 0)).toBeLessThan(3_000)
})
