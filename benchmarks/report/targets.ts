import { bestOf, type Contenders, ratio } from './comparison.ts'
import { type Measurement, middle } from './results.ts'

/** Something that is to be reached, and how near we are. */
export interface Target {
  readonly name: string
  readonly wanted: string
  /** What was measured; undefined when it was not. */
  readonly value: number | undefined
  readonly met: boolean | undefined
}

/** What was measured, by name. */
export class Findings {
  readonly #measurements: readonly Measurement[]
  readonly #contenders: Contenders

  constructor(measurements: readonly Measurement[], contenders: Contenders) {
    this.#measurements = measurements
    this.#contenders = contenders
  }

  /** Looks up a contender's figure in one setting of a workload. */
  in(workload: string, setting: string): (contender: string, figure?: string) => number | undefined {
    const there = this.#measurements.filter((each) => each.workload === workload && each.setting === setting)

    return (wanted, figure = 'rate') =>
      middle(
        there.find(({ contender }) => contender === wanted),
        figure,
      )
  }

  /** The best that a peer reached in a workload: in one setting, or in any; on PostgreSQL, or on anything. */
  best(workload: string, options: BestOptions = {}): number | undefined {
    const { setting, figure = 'rate', better = 'more', anyStore = false } = options
    const isPeer = (contender: string) => {
      const { kind, store } = this.#contenders.get(contender) ?? {}

      return kind === 'peer' && (anyStore || store === 'postgres')
    }
    const found = this.#measurements.filter(
      (each) => each.workload === workload && [each.setting, undefined].includes(setting) && isPeer(each.contender),
    )

    return bestOf(
      found.map((each) => middle(each, figure)),
      { better },
    )
  }
}

interface BestOptions {
  readonly setting?: string
  readonly figure?: string
  readonly better?: 'more' | 'less'
  readonly anyStore?: boolean
}

/** What is wanted of Staffa, and whether it is so. */
export function targets(findings: Findings): readonly Target[] {
  return [
    ...drainTargets(findings),
    ...insertTargets(findings),
    ...pickUpTargets(findings),
    ...steadinessTargets(findings),
    ...costTargets(findings),
  ]
}

function drainTargets(findings: Findings): readonly Target[] {
  const at = (limit: number) => {
    const setting = `limit ${limit}`
    const rate = findings.in('drain', setting)('staffa')
    const tuned = findings.in('drain', setting)('graphile-tuned')
    const floor = findings.in('drain', setting)('floor')

    return [
      atLeast(`drain, ${setting}, to graphile-worker tuned`, 1.5, ratio(rate, tuned)),
      atLeast(`drain, ${setting}, to the best PostgreSQL peer`, 1.25, ratio(rate, findings.best('drain'))),
      atLeast(`drain, ${setting}, to the floor`, 0.8, ratio(rate, floor)),
    ]
  }
  const strict = findings.in('strict', 'limit 100')('staffa-strict')
  const best = findings.best('strict', { anyStore: true })

  return [
    ...at(10),
    ...at(100),
    atLeast('`prefetch: 0`, limit 100, to the best unbuffered peer', 1, ratio(strict, best)),
  ]
}

function insertTargets(findings: Findings): readonly Target[] {
  const bulk = (setting: string) => {
    const best = findings.best('bulk-insert', { setting, anyStore: true })

    return atLeast(
      `bulk insert, ${setting}, to the best peer`,
      1,
      ratio(findings.in('bulk-insert', setting)('staffa'), best),
    )
  }
  const single = (setting: string, wanted: number) => {
    const best = findings.best('single-insert', { setting })
    const rate = findings.in('single-insert', setting)('staffa')

    return atLeast(`single inserts, ${setting}, to the best PostgreSQL peer`, wanted, ratio(rate, best))
  }
  const hundred = '100 at a time'
  const redis = findings.in('single-insert', hundred)('bullmq-redis')

  return [
    bulk('one after another'),
    bulk('4 in flight'),
    single('10 at a time', 5),
    single(hundred, 15),
    atLeast(
      `single inserts, ${hundred}, to BullMQ on Redis`,
      1,
      ratio(findings.in('single-insert', hundred)('staffa'), redis),
    ),
  ]
}

function pickUpTargets(findings: Findings): readonly Target[] {
  const idle = (figure: string) => {
    const setting = 'from another process'
    const best = findings.best('pick-up', { setting, figure, better: 'less' })
    const own = findings.in('pick-up', setting)('staffa', figure)

    return atMost(`idle pick-up, ${figure}, to the best PostgreSQL peer`, 1, ratio(own, best))
  }
  const busy = findings.in('pick-up-busy', 'half of its drain rate')('staffa', 'p99')

  return [idle('p50'), idle('p99'), atMost('pick-up at half of the drain rate, p99 in ms', 25, busy)]
}

function steadinessTargets(findings: Findings): readonly Target[] {
  const to = (workload: string, [one, other]: readonly [string, string], figure = 'rate') =>
    ratio(findings.in(workload, one)('staffa', figure), findings.in(workload, other)('staffa', figure))
  const heap = (figure: string) => findings.in('memory', '10 times')('staffa', figure)
  const [first, last] = [heap('firstHeap'), heap('lastHeap')]
  const growth = first === undefined || last === undefined ? undefined : last - first

  return [
    atLeast('drain with 1,000,000 kept, to none', 0.9, to('kept', ['1,000,000 kept', 'none kept'])),
    atLeast(
      'drain with 500,000 waiting, to 50,000',
      0.9,
      to('waiting', ['500,000 waiting', '50,000 waiting'], 'handledRate'),
    ),
    atLeast('4 processes, to 2', 0.9, to('processes', ['4 processes', '2 processes'])),
    atMost('growth of the heap from the first drain to the tenth, in MB', 1, growth),
  ]
}

function costTargets(findings: Findings): readonly Target[] {
  const cost = (contender: string) => {
    const [insert, drain] = ['insertCpuPerJob', 'drainCpuPerJob'].map((figure) =>
      findings.in('layers', 'limit 100')(contender, figure),
    )

    return insert === undefined || drain === undefined ? undefined : insert + drain
  }
  const added = (contender: string) => {
    const [plain, layered] = [cost('staffa'), cost(contender)]

    return plain === undefined || layered === undefined ? undefined : layered - plain
  }

  return [
    atMost('structured, recorded and encrypted add, in µs a job', 60, added('layers-all')),
    atMost('hooks add, in µs a job', 3, added('layers-hooks')),
    atMost('peak memory of a drain, in MB', 200, findings.in('drain', 'limit 100')('staffa', 'rss')),
    atMost(
      'queries a second of an idle process with 10 queues',
      2,
      findings.in('idle', 'a minute')('staffa', 'queriesPerSecond'),
    ),
  ]
}

function atLeast(name: string, wanted: number, value: number | undefined): Target {
  return { name, wanted: `≥ ${wanted}`, value, met: value === undefined ? undefined : value >= wanted }
}

function atMost(name: string, wanted: number, value: number | undefined): Target {
  return { name, wanted: `≤ ${wanted}`, value, met: value === undefined ? undefined : value <= wanted }
}
