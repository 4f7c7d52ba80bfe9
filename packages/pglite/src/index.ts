export { type PGliteOptions, pglite } from './pglite.ts'
