import { defineProject } from 'vitest/config'

export default defineProject({ test: { name: 'encrypted', include: ['{src,test}/**/*.test.ts'], testTimeout: 30_000 } })
