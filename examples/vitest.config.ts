import { defineProject } from 'vitest/config'

/** Every example is run as a program, which takes a while where many things run at once. */
export default defineProject({ test: { name: 'examples', include: ['*/**/*.test.ts'], testTimeout: 60_000 } })
