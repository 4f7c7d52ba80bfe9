// In the checks, property tests draw the same cases every time: what fails there fails here, and what passed passes. At
// a desk they draw others in each run, unless STAFFA_SEED says which; a case that fails there tells its seed.
import fc from 'fast-check'

const seed = process.env.STAFFA_SEED ?? (process.env.CI ? '1' : undefined)

if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
