import { engineConformance } from '@staffa/testing/conformance/engine'
import { afterAll, describe, test } from 'vitest'

engineConformance({ describe, test, afterAll }, { name: 'PGlite' })
