import { expect, test } from 'vitest'
import { runTests } from '../run-tests.ts'

test('jest passes every test', async () => {
  const { code, output } = await runTests(import.meta.url, [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
  ])

  expect(output).toContain('Tests:       4 passed, 4 total')
  expect(code).toBe(0)
})
