import { checkHook, type Hook } from './hook.ts'

let attached: readonly Hook[] = Object.freeze([])

/**
 * Calls a hook for the jobs of every worker that has `hooks()` among its layers, or whose instance has. After those
 * that are listed there. Attaching it again changes nothing.
 */
export function attachHook(hook: Hook): void {
  checkHook(hook)
  if (!attached.includes(hook)) attached = Object.freeze([...attached, hook])
}

/** Ends what `attachHook` began. Attempts that run already go on with it. */
export function detachHook(hook: Hook): void {
  attached = Object.freeze(attached.filter((other) => other !== hook))
}

/** The hooks that are attached at this moment. */
export function globalHooks(): readonly Hook[] {
  return attached
}
