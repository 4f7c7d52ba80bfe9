import { defineProject } from 'vitest/config'

export default defineProject({ test: { name: 'cron', include: ['{src,test}/**/*.test.ts'], testTimeout: 30_000 } })
