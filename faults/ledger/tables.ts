/** What watches the jobs of a schema, from inside the database: every change of a state, in its transaction. */
export function watchTables(schema: string): string {
  return `
    CREATE TABLE ${schema}.changes (
      place bigserial, job bigint, before text, after text, attempt int, claimant text, by text, at float8,
      transaction text, fingerprint text, due float8);
    CREATE TABLE ${schema}.settlements (job bigint, state text, by text, transaction text);
    CREATE TABLE ${schema}.effects (job bigint, attempt int, node text, worker text);

    CREATE FUNCTION ${schema}.watch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.state = NEW.state AND OLD.attempt = NEW.attempt THEN RETURN NULL; END IF;
      INSERT INTO ${schema}.changes (job, before, after, attempt, claimant, by, at, transaction, fingerprint, due)
      VALUES (
        coalesce(NEW.id, OLD.id), OLD.state, NEW.state, OLD.attempt, OLD.attempted_by[1],
        current_setting('application_name'), date_part('epoch', clock_timestamp()) * 1000,
        pg_current_xact_id()::text, coalesce(NEW.meta, OLD.meta) ->> 'fingerprint',
        date_part('epoch', NEW.scheduled_at) * 1000);
      RETURN NULL;
    END $$;

    CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON ${schema}.oban_jobs
      FOR EACH ROW EXECUTE FUNCTION ${schema}.watch();`
}

export const changesQuery = (schema: string) => `
  SELECT job::int, before, after, coalesce(attempt, 0) AS attempt, claimant, by, at, transaction, fingerprint, due
  FROM ${schema}.changes ORDER BY place`

export const rowsQuery = (schema: string) => `
  SELECT id::int, args ->> 'key' AS key, worker, state::text,
    CASE meta ->> 'settles' WHEN 'true' THEN 'pending' WHEN 'false' THEN 'done' ELSE 'no' END AS settles
  FROM ${schema}.oban_jobs ORDER BY id`

export const settlementsQuery = (schema: string) => `SELECT job::int, state, by, transaction FROM ${schema}.settlements`

export const effectsQuery = (schema: string) => `SELECT job::int FROM ${schema}.effects WHERE worker = 'exact'`

/** How many jobs have not ended, or have not been settled. */
export const openQuery = (schema: string) => `
  SELECT count(*)::int AS open FROM ${schema}.oban_jobs
  WHERE state NOT IN ('completed', 'cancelled', 'discarded') OR meta ->> 'settles' = 'true'`

/** The jobs that a node is executing. */
export const executingQuery = (schema: string) => `
  SELECT id FROM ${schema}.oban_jobs WHERE state = 'executing' AND attempted_by[1] = $1 LIMIT 1`

/** The jobs that others have taken from a node which was executing them. */
export const lostQuery = (schema: string) => `
  SELECT job FROM ${schema}.changes
  WHERE before = 'executing' AND after = 'available' AND claimant = $1 AND by <> claimant LIMIT 1`

/** One row once many jobs were claimed while another node was executing them: a few may have had their reasons. */
export const reclaimedQuery = (schema: string) => `
  SELECT count(*) FROM ${schema}.changes WHERE before = 'executing' AND after = 'executing' AND by <> claimant
  HAVING count(*) >= 20`
