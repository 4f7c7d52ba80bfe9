/**
 * Counts the tests of a report that vitest wrote as JSON. A file that could not be run, an error outside every test, and
 * a report that was never written each count as one failure: none of them may look like success.
 */
export function countTests(text) {
  if (text.trim() === '') return { passed: 0, failed: 1 }
  const { numPassedTests: passed, numFailedTests, testResults, success } = JSON.parse(text)
  const brokenFiles = testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((result) => result.status === 'failed')
  })
  const failed = numFailedTests + brokenFiles.length

  return { passed, failed: failed === 0 && (!success || passed === 0) ? 1 : failed }
}
