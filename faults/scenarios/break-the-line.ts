import { setTimeout as sleep } from 'node:timers/promises'
import { silences } from '../invariants/runs.ts'
import type { Direction, HoleEnd, Weather } from '../network/line.ts'
import type { Plot, Scenario } from '../scenario.ts'
import { onPostgres } from '../stage/on-postgres.ts'
import type { Stage } from '../stage/stage.ts'
import { byNodes } from './felt.ts'

const onTheLine = (plot: Omit<Plot, 'line'>): Scenario => onPostgres({ ...plot, line: true })

/** Every answer takes a while. */
export const slowLine = onTheLine({
  name: 'slow-line',
  fault: 'the network delays everything by 100 to 300 ms each way',
  promise: 'nothing runs twice; work is slower',
  resumesWithin: 15_000,
  run: async (stage) => {
    const weather: Weather = { kind: 'slow', delay: stage.random.between(100, 300) }
    await during(stage, { what: 'slow', for: { whole: 8_000, quick: 2_000 } }, () => stage.line.turn(weather))
    stage.line.clear('delivered')
  },
})

/** Connections are reset, again and again. */
export const dropConnections = onTheLine({
  name: 'drop-connections',
  felt: byNodes,
  fault: 'the network drops every connection, again and again',
  promise: 'nothing runs twice: what was answered and not heard is found out',
  resumesWithin: 15_000,
  run: async (stage) => {
    await stage.fault('dropped', stage.nodes.living, async () => {
      for (let times = stage.time({ whole: 15, quick: 5 }); times > 0; times -= 1) {
        stage.line.drop()
        await stage.wait(stage.random.between(20, 500))
      }
    })
  },
})

/** One side is told that the connection has ended, and the other is not. */
export const halfClose = onTheLine({
  name: 'half-close',
  felt: byNodes,
  fault: 'the network half-closes every connection',
  promise: 'the side that still listens finds out, and connects again',
  resumesWithin: 40_000,
  run: async (stage) => {
    const direction = stage.random.pick<Direction>(['to server', 'to client'])
    await stage.soon()
    await stage.fault(`half-closed ${direction}`, stage.nodes.living, async () => {
      const found = stage.line.halfClose(direction)
      stage.leave()
      await within(30_000, found)
    })
  },
})

/** What takes longer fails the scenario. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const isLate = sleep(milliseconds, true, { ref: false })
  if (await Promise.race([work, isLate])) throw new Error(`expected the nodes to find out within ${milliseconds} ms`)
}

const ways: readonly (readonly Direction[])[] = [['to server'], ['to client'], ['to server', 'to client']]

function hole(name: string, end: HoleEnd, plot: Pick<Plot, 'fault' | 'promise' | 'resumesWithin'>): Scenario {
  return onTheLine({
    ...plot,
    name,
    felt: ({ nodes, lease }) => nodes.some((node) => silences(node).some(({ from, to }) => to - from > lease)),
    run: async (stage) => {
      const weather: Weather = { kind: 'hole', directions: stage.random.pick(ways) }
      await stage.soon()
      await during(stage, { what: 'cut off', for: { whole: 8_000, quick: 5_000 } }, () => stage.line.turn(weather))
      stage.line.clear(end)
    },
  })
}

const promise =
  'what a node ran may run again when it was cut off for longer than a lease; ends that come late are refused'

/** Bytes vanish one way or both, and come late. */
export const holeDelivered = hole('hole-delivered', 'delivered', {
  fault: 'the network swallows one direction or both, and delivers late',
  promise,
  resumesWithin: 20_000,
})

/** Bytes vanish, and then the connections are reset. */
export const holeReset = hole('hole-reset', 'reset', {
  fault: 'the network swallows one direction or both, and then resets',
  promise,
  resumesWithin: 20_000,
})

/** Bytes vanish for ever, and nobody ever says so. */
export const holeForgotten = hole('hole-forgotten', 'forgotten', {
  fault: 'the network forgets connections without telling anybody',
  promise: 'a statement without an answer is given up after a while, and its connection with it',
  resumesWithin: 40_000,
})

interface Period {
  readonly what: string
  readonly for: { readonly whole: number; readonly quick: number }
}

async function during(stage: Stage, { what, for: time }: Period, begin: () => void): Promise<void> {
  await stage.fault(what, stage.nodes.living, async () => {
    begin()
    await stage.wait(stage.time(time))
  })
}
