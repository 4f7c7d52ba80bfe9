import { expect, test } from 'vitest'
import { suggestion } from './suggestion.ts'

const known = ['queue', 'priority', 'maxAttempts', 'tags']

test.each([
  ['queues', 'queue'],
  ['qeue', 'queue'],
  ['Queue', 'queue'],
  ['max_attempts', 'maxAttempts'],
  ['prioritiy', 'priority'],
  ['tag', 'tags'],
])('%s: perhaps %s was meant', (word, meant) => {
  expect(suggestion(word, known)).toBe(`, did you mean "${meant}"?`)
})

test.each(['', 'schedule', 'retries', '__proto__', '🦊🦊🦊🦊🦊'])('%s is near to none of them', (word) => {
  expect(suggestion(word, known)).toBe('')
})

test('the nearest one wins', () => {
  expect(suggestion('send-emails', ['send-sms', 'send-email', 'send-mail'])).toBe(', did you mean "send-email"?')
})

test('where nothing is known, nothing is suggested', () => {
  expect(suggestion('queue', [])).toBe('')
})
