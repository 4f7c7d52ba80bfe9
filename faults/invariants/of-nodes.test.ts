import { expect, test } from 'vitest'
import { aHistory, aNode, aRun, everyThird } from './a-history.ts'
import { beats } from './beats.ts'
import { broken } from './invariants.ts'
import { limit } from './limit.ts'
import { resumes, resumption } from './resumes.ts'
import { survives } from './survives.ts'

const written = (at: number) => ({ at, state: 'completed', written: true })

test('as many handlers as the limit may run at once, and no more', () => {
  const two = [aRun(), aRun({ job: 2, started: 150, left: 250 }), aRun({ job: 3, started: 200, left: 300 })]
  expect(limit(aHistory({ runs: two }))).toEqual([])
  expect(limit(aHistory({ runs: [...two, aRun({ job: 4, started: 160, left: 170 })] }))).toHaveLength(1)
  expect(limit(aHistory({ runs: [...two, aRun({ job: 4, node: 'b', started: 160, left: 170 })] }))).toEqual([])
})

test('a handler that was given up, or went with its process, takes no slot', () => {
  const others = [aRun({ job: 2, started: 500, left: 600 }), aRun({ job: 3, started: 500, left: 600 })]
  const never = aRun({ left: undefined })
  expect(limit(aHistory({ runs: [never, ...others] }))).toHaveLength(1)
  expect(limit(aHistory({ runs: [{ ...never, abandoned: 400 }, ...others] }))).toEqual([])
  expect(limit(aHistory({ runs: [never, ...others], nodes: [aNode({ ended: 300 })] }))).toEqual([])
})

test('a node that lives gives signs of it, unless something is known to be wrong', () => {
  const silent = aNode({ beats: [...everyThird(0, 600), ...everyThird(2_500, 4_000)] })
  const fault = { what: 'cut off', nodes: ['a'], from: 1_000, to: 2_000 }
  expect(beats(aHistory({ nodes: [aNode()] }))).toEqual([])
  expect(beats(aHistory({ nodes: [silent] }))).toHaveLength(1)
  expect(beats(aHistory({ nodes: [silent], faults: [fault] }))).toEqual([])
  expect(beats(aHistory({ nodes: [silent], faults: [{ ...fault, nodes: ['b'] }] }))).toHaveLength(1)
  expect(beats(aHistory({ nodes: [{ ...silent, stalls: [{ from: 900, to: 2_400 }] }] }))).toEqual([])
})

test('a node that has not been heard again when all is over was silent until then', () => {
  const silent = aNode({ beats: everyThird(0, 600) })
  const fault = { what: 'cut off', nodes: ['a'], from: 500, to: 2_000 }
  expect(beats(aHistory({ nodes: [silent] }))).toEqual(['a was silent for 4400 ms for no reason'])
  expect(beats(aHistory({ nodes: [silent], faults: [fault] }))).toEqual([])
  expect(beats(aHistory({ nodes: [{ ...silent, seen: 1_500 }] }))).toEqual([])
  expect(beats(aHistory({ nodes: [{ ...silent, ended: 700 }] }))).toEqual([])
})

test('a process that ends by itself is noticed', () => {
  expect(survives(aHistory({ nodes: [aNode({ ended: 100 })] }))).toEqual([])
  expect(survives(aHistory({ nodes: [aNode({ ended: 100, crashed: true })] }))).toEqual(['a ended by itself'])
})

test('work goes on when every node has ended a job', () => {
  const nodes = [aNode(), aNode({ name: 'b' }), aNode({ name: 'dead', ended: 900 })]
  const healed = { at: 1_000, within: 500 }
  const early = aRun({ end: written(1_200) })
  const late = aRun({ job: 2, node: 'b', end: written(1_400) })
  const at = (...runs: (typeof early)[]) => aHistory({ nodes, healed, runs })

  expect(resumption(at(early, late))).toBe(400)
  expect(resumes(at(early, late))).toEqual([])
  expect(resumes(at(early, { ...late, end: written(1_600) }))).toHaveLength(1)
  expect(resumes(at(early, { ...late, end: { ...written(1_400), written: false } }))).toHaveLength(1)
  expect(resumption(at({ ...early, end: written(900) }, late))).toBe(Number.POSITIVE_INFINITY)
})

test('work goes on when what a dead node ran has begun again', () => {
  const nodes = [aNode({ ended: 900 })]
  const cut = aRun({ left: undefined, started: 800 })
  const again = aRun({ node: 'b', attempt: 2, started: 1_700 })

  expect(resumption(aHistory({ nodes, runs: [cut, again], healed: { at: 1_000, within: 500 } }))).toBe(700)
})

test('what does not hold is found by name', () => {
  expect(broken(aHistory({ nodes: [aNode({ ended: 100, crashed: true })] }))).toEqual({
    survives: ['a ended by itself'],
  })
  expect(broken(aHistory())).toEqual({})
})
