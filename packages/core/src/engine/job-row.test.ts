import { expect, test } from 'vitest'
import { toJob } from './job-row.ts'

/** The meta of a job whose row has this text. */
function metaOf(text: unknown): object {
  return toJob([1, 'available', 'default', 'worker', 0, 20, 0, '{}', text]).meta
}

test('jobs of one meta share it when none can change it for the others', () => {
  const [one, other] = [metaOf('{"a": 1, "b": "x"}'), metaOf('{"a": 1, "b": "x"}')]

  expect(one).toEqual({ a: 1, b: 'x' })
  expect(other).toBe(one)
  expect(Object.isFrozen(one)).toBe(true)
})

test.each(['{"a": {"b": 1}}', '{"a": [1]}', '{"a": "{"}'])('jobs with the meta %s have each their own', (text) => {
  const [one, other] = [metaOf(text), metaOf(text)]

  expect(other).toEqual(one)
  expect(other).not.toBe(one)
})

test('what strangers store in place of a meta is none', () => {
  expect([null, undefined, 'null'].map(metaOf)).toEqual([{}, {}, {}])
})

test('an error that a stranger has nested too deeply to be written out does not keep its job from being read', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const { errors } = toJob([1, 'available', 'default', 'worker', 0, 20, 0, '{}', null, null, `[{"error": ${deep}}]`])

  expect(errors).toMatchObject([{ error: '[object Array]' }])
})
