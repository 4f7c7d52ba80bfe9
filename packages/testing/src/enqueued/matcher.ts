import { inspect } from 'node:util'

/** A matcher by shape: those of vitest and jest are, and so may be your own. */
export interface Matcher {
  asymmetricMatch(value: unknown): boolean
}

/** Tells whether a value decides for itself what it equals. */
export function isMatcher(value: unknown): value is Matcher {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false

  return 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function'
}

/** Fits every value for which the predicate holds. Messages show the description. */
// biome-ignore lint/suspicious/noExplicitAny: it stands where a value of any type is expected
export function matching(predicate: (value: any) => boolean, description = 'matching(…)'): any {
  return {
    asymmetricMatch: (value: unknown) => predicate(value),
    toAsymmetricMatcher: () => description,
    [inspect.custom]: () => description,
  }
}

/** Fits every value that is there, be it null. */
// biome-ignore lint/suspicious/noExplicitAny: it stands where a value of any type is expected
export function present(): any {
  return matching((value) => value !== undefined, 'present()')
}

/** What a matcher is called in messages. */
export function nameOf(matcher: Matcher): string {
  const named = matcher as { readonly toAsymmetricMatcher?: unknown }

  return typeof named.toAsymmetricMatcher === 'function' ? String(named.toAsymmetricMatcher()) : String(matcher)
}
