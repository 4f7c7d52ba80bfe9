import type { StaffaOptions } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import type { Contender } from './contender.ts'
import { openStaffa, plain } from './staffa.ts'

export const staffaOnPglite: Contender = {
  name: 'Staffa on PGlite',
  settings: 'in memory',
  kind: 'staffa',
  store: 'pglite',
  open: (place) => openStaffa(place, { bench: plain, database: shared() }),
}

/** One database for the instance that inserts and the one that works: neither closes it. */
function shared(): StaffaOptions['database'] {
  return { ...pglite(), close: async () => {} }
}
