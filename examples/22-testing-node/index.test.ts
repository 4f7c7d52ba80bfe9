import { expect, test } from 'vitest'
import { runTests } from '../run-tests.ts'

test('node:test passes every test', async () => {
  const { code, output } = await runTests(import.meta.url, ['--test', '--test-reporter=tap', 'sign-up.spec.ts'])

  expect(output).toContain('# pass 4\n# fail 0')
  expect(code).toBe(0)
})
