import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/conformance/engine/index.ts',
    'src/conformance/plugin.ts',
    'src/jest.ts',
    'src/vitest.ts',
  ],
  format: 'esm',
  target: 'node22',
  dts: true,
  clean: true,
  sourcemap: true,
})
