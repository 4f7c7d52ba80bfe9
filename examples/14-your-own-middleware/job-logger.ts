import type { JobContext, Logger, Next, Outcome } from '@staffa/core/plugin'

interface Tenanted extends JobContext {
  readonly tenant: string
}

/** Gives the layers inside a logger whose lines name the tenant, beside the job that they name already. */
export async function jobLogger(context: Tenanted, next: Next): Promise<Outcome<{ readonly logger: Logger }>> {
  const { logger, tenant } = context
  const at = (level: keyof Logger) => (fields: object, message?: string) =>
    logger[level]({ tenant, ...fields }, message)

  return next({ logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } })
}
