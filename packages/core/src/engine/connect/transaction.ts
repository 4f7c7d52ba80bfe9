import { CompiledQuery } from 'kysely'
import { expected, StaffaError } from '../../support/errors.ts'
import type { QueryResult, Transaction } from '../../support/transaction.ts'
import type { Queryable, Row } from '../database.ts'

/** A Kysely transaction, by shape. */
interface KyselyLike {
  executeQuery(query: CompiledQuery): Promise<{ readonly rows: readonly unknown[] }>
  /** The same transaction, without whatever the caller has Kysely do to rows. */
  withoutPlugins?(): KyselyLike
}

/** Runs statements through a transaction that the caller opened: Kysely's, or anything with `query(text, values)`. */
export function queryableOf(transaction: unknown): Queryable {
  if (isKysely(transaction)) {
    const plain = transaction.withoutPlugins?.() ?? transaction

    return { query: async ({ text }, values) => toRows(await plain.executeQuery(CompiledQuery.raw(text, [...values]))) }
  }
  if (isTransaction(transaction)) {
    return { query: async ({ text }, values) => toRows(await transaction.query(text, [...values])) }
  }

  throw expected('transaction', 'a Kysely transaction, or an object with query(text, values)', transaction)
}

/** The other way round: what a plugin gets to write with when a job settles. */
export function transactionOf(queryable: Queryable): Transaction {
  return {
    query: async (text, values = []) => {
      const { rows } = await queryable.query({ name: '', text }, values as never)

      return { rows: rows as unknown[] }
    },
  }
}

function isKysely(value: unknown): value is KyselyLike {
  return isObject(value) && typeof value.executeQuery === 'function' && typeof value.getExecutor === 'function'
}

function isTransaction(value: unknown): value is Transaction {
  return isObject(value) && typeof value.query === 'function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Drivers give rows as objects or as arrays, bare or under `rows`. */
function toRows(result: QueryResult): { readonly rows: readonly Row[]; readonly count: number } {
  const rows = Array.isArray(result) ? result : (result as { readonly rows?: readonly unknown[] } | undefined)?.rows
  if (!Array.isArray(rows)) {
    throw new StaffaError('INVALID_TRANSACTION', 'expected query(text, values) of the transaction to resolve with rows')
  }

  return { rows: rows.map(toRow), count: rows.length }
}

function toRow(row: unknown): Row {
  return Array.isArray(row) ? row : Object.values(row as object)
}
