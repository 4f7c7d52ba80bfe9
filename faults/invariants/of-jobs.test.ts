import { describe, expect, test } from 'vitest'
import type { History } from '../history.ts'
import { aChange, aHistory, aNode, aRow, aRun, everyThird } from './a-history.ts'
import { ofJobs } from './of-jobs.ts'

/** The invariants that a history does not keep. */
function broken(given: Partial<History>): readonly string[] {
  const history = aHistory(given)

  return Object.keys(ofJobs).filter((name) => (ofJobs[name]?.(history) ?? []).length > 0)
}

const insert = { key: 'key-1', at: 50, outcome: 'acknowledged', id: 1, conflict: false } as const
const good = { inserts: [insert], rows: [aRow()], runs: [aRun()], changes: [aChange()], nodes: [aNode()] }
const rescue = aChange({ after: 'available', by: 'b', at: 1_500 })
const again = aRun({ node: 'b', attempt: 2, started: 1_600, left: 1_700 })

test('a job that is inserted, run and completed once keeps them all', () => {
  expect(broken(good)).toEqual([])
})

describe('an acknowledged insert', () => {
  test.each<[string, Partial<History>]>([
    ['that is not stored', { rows: [], changes: [] }],
    [
      'that is stored twice',
      { rows: [aRow(), aRow({ id: 2 })], changes: [aChange(), aChange({ job: 2 })], runs: [aRun(), aRun({ job: 2 })] },
    ],
    ['that is stored under another id', { inserts: [{ ...insert, id: 9 }] }],
    ['that has not ended', { rows: [aRow({ state: 'executing' })], changes: [] }],
    ['that ended twice', { changes: [aChange(), aChange({ before: 'available' })] }],
    ['whose equal is gone', { inserts: [insert, { ...insert, key: 'key-2', id: 5, conflict: true }] }],
  ])('%s is noticed', (_, bad) => {
    expect(broken({ ...good, ...bad })).toEqual(['endsOnce'])
  })

  test('that met an equal job stands for that one', () => {
    expect(broken({ ...good, inserts: [insert, { ...insert, key: 'key-2', conflict: true }] })).toEqual([])
  })
})

describe('an insert that was not acknowledged', () => {
  const failed = { key: 'key-1', at: 50, outcome: 'rolled back' } as const
  const unknown = { key: 'key-1', at: 50, outcome: 'unknown' } as const
  const twice = {
    rows: [aRow(), aRow({ id: 2 })],
    changes: [aChange(), aChange({ job: 2 })],
    runs: [aRun(), aRun({ job: 2 })],
  }

  test('leaves nothing', () => {
    expect(broken({ ...good, inserts: [failed] })).toEqual(['leavesNothing'])
    expect(broken({ inserts: [failed] })).toEqual([])
  })

  test('and whose fate is unknown leaves one row at most', () => {
    expect(broken({ ...good, inserts: [unknown] })).toEqual([])
    expect(broken({ inserts: [unknown] })).toEqual([])
    expect(broken({ ...good, ...twice, inserts: [unknown] })).toEqual(['leavesNothing'])
  })
})

describe('a job that runs again', () => {
  const twice = {
    ...good,
    runs: [aRun({ left: undefined }), again],
    changes: [rescue, aChange({ claimant: 'b', by: 'b', attempt: 2 })],
  }
  const silent = aNode({ beats: [...everyThird(0, 300), ...everyThird(2_000, 5_000)] })

  test('though its node lived is noticed', () => {
    expect(broken(twice)).toEqual(['runsOnce'])
  })

  test('because its node was silent for a lease, or is gone, is as it should be', () => {
    expect(broken({ ...twice, nodes: [silent] })).toEqual([])
    expect(broken({ ...twice, nodes: [aNode({ beats: everyThird(0, 300), ended: 320 })] })).toEqual([])
    const unheard = { beats: everyThird(0, 300), seen: again.started + 100 }
    const fault = { what: 'cut off', nodes: ['a'], from: 300, to: 400 }
    expect(broken({ ...twice, nodes: [aNode(unheard)], faults: [fault] })).toEqual([])
  })

  test('because its node began it late, having slept since it took it, is as it should be', () => {
    const claim = aChange({ before: 'available', after: 'executing', attempt: 0, claimant: undefined, at: 200 })
    const runs = [aRun({ started: 2_050, left: undefined }), { ...again, started: 2_100 }]
    const late = { ...twice, runs, changes: [claim, ...twice.changes] }
    expect(broken({ ...late, nodes: [silent] })).toEqual([])
    expect(broken({ ...late, nodes: [aNode()] })).toEqual(['runsOnce'])
    expect(broken({ ...late, nodes: [silent], changes: twice.changes })).toEqual(['runsOnce'])
  })

  test('sooner than a lease after the last sign of life is noticed', () => {
    const soon = [aRun({ left: undefined }), { ...again, started: 900 }]
    expect(broken({ ...twice, runs: soon, nodes: [silent] })).toEqual(['runsOnce'])
  })

  test('because its attempt asked for that is as it should be; that others asked does not count', () => {
    const retry = aChange({ after: 'retryable' })
    const completed = aChange({ claimant: 'b', by: 'b', attempt: 2 })
    expect(broken({ ...twice, changes: [retry, completed] })).toEqual([])
    expect(broken({ ...twice, changes: [aChange({ after: 'available' }), completed] })).toEqual(['runsOnce'])
  })

  test('on a node that wakes up late is as it should be', () => {
    const late = [aRun({ node: 'b', attempt: 2, started: 1_600 }), aRun({ started: 1_900 })]
    expect(broken({ ...twice, runs: late, nodes: [silent, aNode({ name: 'b' })] })).toEqual([])
    expect(broken({ ...twice, runs: late, nodes: [aNode(), aNode({ name: 'b' })] })).toEqual(['runsOnce'])
  })
})

describe('work', () => {
  test('that is completed was done by somebody', () => {
    expect(broken({ ...good, runs: [] })).toEqual(['effects'])
    expect(broken({ ...good, runs: [aRun({ left: undefined })] })).toEqual(['effects'])
  })

  test.each([
    ['completed', 0],
    ['completed', 2],
    ['cancelled', 1],
  ])('in the transaction that ends it is written once if it completes: %s, %i times', (state, times) => {
    const rows = [aRow({ worker: 'exact', state })]
    const changes = [aChange({ after: state })]
    expect(broken({ ...good, rows, changes, effects: Array<number>(times).fill(1) })).toEqual(['effects'])
    expect(broken({ ...good, rows, changes, effects: state === 'completed' ? [1] : [] })).toEqual([])
  })

  test('does not begin before its time', () => {
    const inserted = aChange({ before: undefined, after: 'scheduled', by: 'desk', attempt: 0 })
    expect(broken({ ...good, changes: [{ ...inserted, due: 100 }, aChange()] })).toEqual([])
    expect(broken({ ...good, changes: [{ ...inserted, due: 900 }, aChange()] })).toEqual(['due'])
  })
})

describe('equal jobs', () => {
  const of = (job: number, before: string | undefined, after: string) =>
    aChange({ job, before, after, fingerprint: 'same', by: 'a' })
  const rows = [aRow(), aRow({ id: 2, key: 'key-2' })]
  const runs = [aRun(), aRun({ job: 2 })]
  const first = [of(1, undefined, 'available'), of(1, 'executing', 'completed')] as const
  const second = [of(2, undefined, 'available'), of(2, 'executing', 'completed')] as const

  test('may follow each other, and are never there at once', () => {
    expect(broken({ ...good, rows, runs, changes: [...first, ...second] })).toEqual([])
    expect(broken({ ...good, rows, runs, changes: [first[0], second[0], first[1], second[1]] })).toEqual(['unique'])
  })
})

describe('a job that was cancelled', () => {
  test('stays so', () => {
    const rows = [aRow({ state: 'cancelled' })]
    const changes = [aChange({ after: 'cancelled', by: 'desk' })]
    expect(broken({ ...good, cancelled: [1], rows, changes, runs: [] })).toEqual([])
    expect(broken({ ...good, cancelled: [1] })).toEqual(['cancelled'])
  })

  test('is not brought to another end', () => {
    const changes = [aChange({ after: 'cancelled', by: 'desk' }), aChange({ before: 'cancelled' })]
    expect(broken({ ...good, changes })).toEqual(['endsOnce', 'cancelled'])
  })
})

describe('a job that has something to settle', () => {
  const settled = { job: 1, state: 'completed', by: 'attempt', transaction: '7' }
  const settling = { ...good, rows: [aRow({ settles: 'done' })] }

  test('is settled once, in the transaction that ended it', () => {
    expect(broken({ ...settling, settlements: [settled] })).toEqual([])
    expect(broken({ ...settling, settlements: [{ ...settled, by: 'cancel', transaction: '9' }] })).toEqual([])
  })

  test.each([
    ['never', []],
    ['twice', [settled, settled]],
    ['in another transaction', [{ ...settled, transaction: '8' }]],
    ['as something else', [{ ...settled, state: 'discarded', by: 'rescue' }]],
  ])('%s is noticed', (_, settlements) => {
    expect(broken({ ...settling, settlements })).toEqual(['settlesOnce'])
  })

  test('may be settled apart when that had failed in its transaction, and the node says so', () => {
    const apart = [{ ...settled, transaction: '8' }]
    const failed = (at: number, where: string) => [aNode({ failures: [{ at, where }] })]
    expect(broken({ ...settling, settlements: apart, nodes: failed(210, 'settler') })).toEqual([])
    expect(broken({ ...settling, settlements: apart, nodes: failed(210, 'acker') })).toEqual(['settlesOnce'])
    expect(broken({ ...settling, settlements: apart, nodes: failed(9_000, 'settler') })).toEqual(['settlesOnce'])
  })

  test('and does not know that it was settled is noticed', () => {
    expect(broken({ ...settling, rows: [aRow({ settles: 'pending' })], settlements: [settled] })).toEqual([
      'settlesOnce',
    ])
  })
})

describe('a node whose job was taken from it', () => {
  const silent = aNode({ beats: [...everyThird(0, 300), ...everyThird(2_000, 5_000)] })
  const end = (written: boolean) => ({ at: 2_000, state: 'completed', written })
  const taken = (written: boolean) => [aRun({ left: 1_900, end: end(written) }), again]
  const ended = aChange({ claimant: 'b', by: 'b', attempt: 2, at: 1_700 })

  test('is refused', () => {
    expect(broken({ ...good, nodes: [silent], runs: taken(false), changes: [rescue, ended] })).toEqual([])
  })

  test('and believes that it ended it is noticed', () => {
    expect(broken({ ...good, nodes: [silent], runs: taken(true), changes: [rescue, ended] })).toEqual(['zombies'])
  })

  test('and ends it is noticed', () => {
    const stolen = { ...ended, by: 'a', at: 2_000 }
    expect(broken({ ...good, nodes: [silent], runs: taken(false), changes: [rescue, stolen] })).toEqual(['zombies'])
  })
})
