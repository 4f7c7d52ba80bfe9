export { attachHook, detachHook } from './global-hooks.ts'
export type { CancelReason, DiscardReason, Hook, HookState } from './hook.ts'
export { hooks } from './hooks.ts'
