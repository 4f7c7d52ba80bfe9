import { checkHook, type Hook } from './hook.ts'

const attached = new Set<Hook>()

/**
 * Calls a hook for the jobs of every worker that has `hooks()` among its layers, or whose instance has. After those
 * that are listed there. Attaching it again changes nothing.
 */
export function attachHook(hook: Hook): void {
  checkHook(hook)
  attached.add(hook)
}

/** Ends what `attachHook` began. Attempts that run already go on with it. */
export function detachHook(hook: Hook): void {
  attached.delete(hook)
}

/** The hooks that are attached at this moment. */
export function globalHooks(): readonly Hook[] {
  return [...attached]
}
