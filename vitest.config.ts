import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples', 'scripts', 'faults', 'benchmarks'],
    // Once for the whole run, whatever the number of projects: every package shares one PostgreSQL.
    globalSetup: ['test/global-setup.ts'],
  },
})
