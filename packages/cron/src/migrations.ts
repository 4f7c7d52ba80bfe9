import type { PluginMigration } from '@staffa/core/plugin'

/** `last_slot` is the minute up to which everything about an entry is decided. It never goes back. */
export const migrations: readonly PluginMigration[] = [
  {
    name: 'crons',
    up: (schema) => [
      `CREATE TABLE IF NOT EXISTS ${schema}.oban_crons (
         name text PRIMARY KEY,
         expression text NOT NULL,
         worker text NOT NULL,
         opts jsonb NOT NULL DEFAULT '{}',
         paused boolean NOT NULL DEFAULT false,
         inserted_at timestamp NOT NULL DEFAULT timezone('UTC', now()),
         updated_at timestamp NOT NULL DEFAULT timezone('UTC', now())
       ) WITH (fillfactor = 50)`,
      // Oban Pro has a table of this name. Its entries have no last slot, by which they are told from ours.
      `ALTER TABLE ${schema}.oban_crons
         ADD COLUMN IF NOT EXISTS last_slot timestamp,
         ADD COLUMN IF NOT EXISTS synced boolean NOT NULL DEFAULT false`,
    ],
    down: (schema) => [`DROP TABLE IF EXISTS ${schema}.oban_crons`],
  },
]
