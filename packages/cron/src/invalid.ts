import { StaffaError } from '@staffa/core/plugin'

/** Why an expression is not one: too few fields, a part that is none, a number outside its field, or dates that never come. */
export type Reason = 'fields' | 'unrecognized' | 'range' | 'order' | 'never'

export interface Problem {
  readonly reason: Reason
  /** What was expected, then what was got. */
  readonly message: string
}

/** The error for an expression that breaks the grammar. */
export function invalid(text: string, { reason, message }: Problem): StaffaError<'INVALID_EXPRESSION'> {
  return new StaffaError('INVALID_EXPRESSION', `in the cron expression ${JSON.stringify(text)}: ${message}`, {
    data: { expression: text, reason },
  })
}
