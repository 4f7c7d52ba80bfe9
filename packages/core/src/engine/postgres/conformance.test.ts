import { engineConformance } from '@staffa/testing/conformance/engine'
import { afterAll, describe, inject, test } from 'vitest'

const runner = { describe, test, afterAll }
const database = inject('databaseUrl')

engineConformance(runner, { name: 'PostgreSQL', database, concurrent: true })
engineConformance(runner, {
  name: 'a schema of an odd name',
  database,
  concurrent: true,
  prefix: `o'h "x" \\ é.${process.pid}`,
})
engineConformance(runner, { name: 'tables that oban-py made', database, concurrent: true, tables: 'oban-py' })
