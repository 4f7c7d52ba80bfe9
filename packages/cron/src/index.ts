export { type Dialect, type Expression, type ParseOptions, parseExpression, type SearchOptions } from './expression.ts'
export type { Dst } from './schedule.ts'
