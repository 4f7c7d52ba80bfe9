/** Lets this process believe that it is later than it is, by so many milliseconds. */
export function turnClock(ahead: number): void {
  if (ahead === 0) return
  const RealDate = Date

  globalThis.Date = class extends RealDate {
    constructor(...given: []) {
      if (given.length > 0) super(...given)
      else super(RealDate.now() + ahead)
    }

    static override now(): number {
      return RealDate.now() + ahead
    }
  } as DateConstructor
}
