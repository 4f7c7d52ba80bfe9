// A program that does something with an instance, and then has to end by itself: nobody calls process.exit().
import { pglite } from '@staffa/pglite'
import { Staffa, type StaffaOptions, worker } from '../../src/index.ts'

const [what = '', url = '', prefix = ''] = process.argv.slice(2)
const done = Promise.withResolvers<void>()
const work = worker({ name: 'work', timeout: { hours: 1 } }).process(() => done.resolve())
const heedless = worker({ name: 'heedless', timeout: { milliseconds: 1 } }).process(() => {
  done.resolve()
  return new Promise(() => {})
})
const options: StaffaOptions = {
  database: url === 'pglite' ? pglite() : url,
  prefix,
  workers: [work, heedless],
  queues: { default: 5 },
  shutdownGracePeriod: { milliseconds: 50 },
}

const programs: Readonly<Record<string, () => Promise<void>>> = {
  'only makes an instance': async () => {
    new Staffa(options)
  },

  'works and stops': async () => {
    await using staffa = new Staffa(options)
    await staffa.migrate()
    await staffa.start()
    await staffa.insert(work.new({}))
    await done.promise
  },

  'inserts and stops': async () => {
    await using staffa = new Staffa(options)
    await staffa.migrate()
    await staffa.insert(work.new({}))
    await staffa.insertAll([work.new({})])
  },

  'listens and stops': async () => {
    await using staffa = new Staffa(options)
    await staffa.migrate()
    await new Promise<void>((resolve) => staffa.listen('any', () => {}, resolve))
  },

  'fails to start and stops': async () => {
    const staffa = new Staffa({ ...options, prefix: 'nobody_here' })
    await staffa.start().then(
      () => Promise.reject(new Error('expected the start to fail')),
      () => {},
    )
    await staffa.stop()
  },

  'stops with a job that does not': async () => {
    await using staffa = new Staffa(options)
    await staffa.migrate()
    await staffa.start()
    await staffa.insert(heedless.new({}))
    await done.promise
  },
}

process.on('unhandledRejection', (reason) => {
  process.stderr.write(`unhandled: ${reason}\n`)
  process.exitCode = 1
})
await programs[what]?.()
process.stdout.write(`${what}: done\n`)
