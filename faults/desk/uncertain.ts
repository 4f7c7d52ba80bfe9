/**
 * Whether nobody can tell if a statement that failed was carried out: its connection was lost before the answer came.
 * When the server itself refused it, or never got it, it was not.
 */
export function isUncertain(error: unknown): boolean {
  const { code } = { code: undefined, ...(error as object) } as { code: unknown }
  if (code === 'ECONNREFUSED') return false
  // Class 57 is said by a server that goes away, perhaps after it has done the work. Class 08 is a lost connection.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return /^(57|08)/.test(code)

  return !(error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect'))
}
