import { defineProject } from 'vitest/config'

export default defineProject({ test: { name: 'pglite', include: ['src/**/*.test.ts'] } })
