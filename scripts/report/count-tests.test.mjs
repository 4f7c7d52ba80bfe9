import { expect, test } from 'vitest'
import { countTests } from './count-tests.mjs'

const report = (changes) =>
  JSON.stringify({ numPassedTests: 3, numFailedTests: 0, success: true, testResults: [], ...changes })

test('passes and failures are taken from the report', () => {
  expect(countTests(report())).toEqual({ passed: 3, failed: 0 })
  const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'failed' }] }]
  expect(countTests(report({ numFailedTests: 2, success: false, testResults }))).toEqual({ passed: 3, failed: 2 })
})

test('a file that could not be run is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]

  expect(countTests(report({ success: false, testResults }))).toEqual({ passed: 3, failed: 1 })
})

test('an error outside every test is a failure, and so is a run without tests', () => {
  expect(countTests(report({ success: false }))).toEqual({ passed: 3, failed: 1 })
  expect(countTests(report({ numPassedTests: 0 }))).toEqual({ passed: 0, failed: 1 })
  expect(countTests('')).toEqual({ passed: 0, failed: 1 })
})
