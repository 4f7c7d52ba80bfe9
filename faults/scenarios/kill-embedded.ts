import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { ProgramProcess } from '../embedded/program-process.ts'
import type { Fault, History } from '../history.ts'
import { now } from '../ledger/line.ts'
import { type Random, randomOf, seedOf } from '../random.ts'
import type { PerformOptions, Scenario } from '../scenario.ts'
import { readTables } from '../stage/database.ts'

const name = 'kill-embedded'

/** The program and its database are one process, which is gone in the middle of a write. */
export const killEmbedded: Scenario = {
  name,
  fault: 'kill -9 of a program with an embedded database (PGlite), again and again',
  promise: 'the next one finds every job that was acknowledged, and takes over at once what was executing',
  perform: async ({ seed, quick }: PerformOptions) => {
    await using stack = new AsyncDisposableStack()
    const home = await mkdtemp(join(tmpdir(), 'staffa-embedded-'))
    stack.defer(() => rm(home, { recursive: true, force: true }))

    return await play(home, randomOf(seedOf(seed, name)), quick ? 2 : 5)
  },
}

async function play(home: string, random: Random, kills: number): Promise<History> {
  const directory = join(home, 'data')
  const programs: ProgramProcess[] = []
  const faults: Fault[] = []
  const start = async () => {
    const node = `node-${programs.length + 1}`
    const program = new ProgramProcess({ directory, node, file: join(home, node), seed: random.between(1, 1_000_000) })
    programs.push(program)
    await program.ready()

    return program
  }

  for (let left = kills; left > 0; left -= 1) {
    const program = await start()
    await sleep(random.between(300, 2_000))
    await program.kill()
    faults.push({ what: 'killed', nodes: [program.order.node], from: program.life().started, to: now() })
  }
  const healed = { at: now(), within: 20_000 }
  const last = await start()
  await sleep(500)
  await last.finish()

  return { ...(await read(directory)), ...seen(programs), faults, healed, lease: 0, limit: 8, cancelled: [] }
}

function seen(programs: readonly ProgramProcess[]): Pick<History, 'inserts' | 'runs' | 'nodes'> {
  return {
    inserts: programs.flatMap((program) => program.inserts()),
    runs: programs.flatMap((program) => program.runs()),
    nodes: programs.map((program) => program.life()),
  }
}

async function read(directory: string) {
  const database = await PGlite.create(directory)
  try {
    return await readTables(async (text) => (await database.query(text)).rows as never, 'public')
  } finally {
    await database.close()
  }
}
