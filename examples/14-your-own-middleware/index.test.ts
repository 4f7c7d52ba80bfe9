import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('five layers of one’s own, and a transfer that happens once', async () => {
  const { lines, code } = await runExample(import.meta.url)
  const logged = (attempt: number) => {
    const job = `{"id":1,"worker":"transfer","queue":"default","attempt":${attempt}}`

    return `logged: a transfer of acme {"job":${job},"tenant":"acme","request":"request-7"}`
  }

  expect(lines).toEqual([
    logged(1),
    'reported: the line is dead, in attempt 1',
    'after the first attempt: ann has 100, bob has 0',
    logged(2),
    'after the second: ann has 70, bob has 30',
    'job 1 is completed',
  ])
  expect(code).toBe(0)
})
