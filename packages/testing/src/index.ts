export { type ManualClock, manualClock } from './manual-clock.ts'
export { type TestOptions, TestStaffa, testStaffa } from './test-staffa.ts'
export { type SettledOptions, settled, type UntilOptions, untilEvent } from './until.ts'
