import { channel } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { onTelemetry, telemetry } from './telemetry.ts'

const { emit, span } = telemetry({ instance: 'Oban', node: 'node-1' })

test('an event reaches its listeners with the instance and the node, until they leave', () => {
  const heard: unknown[] = []
  const leave = onTelemetry('notifier.switch', (event) => heard.push(event))
  emit('notifier.switch', { status: 'listening' })
  leave()
  emit('notifier.switch', { status: 'polling' })

  expect(heard).toEqual([{ instance: 'Oban', node: 'node-1', status: 'listening' }])
})

test('the channel is a plain one, open to any tool', () => {
  const heard: unknown[] = []
  const listener = (event: unknown) => heard.push(event)
  channel('staffa.failure').subscribe(listener)
  emit('failure', { where: 'acker', error: 'e' })
  channel('staffa.failure').unsubscribe(listener)

  expect(heard).toEqual([{ instance: 'Oban', node: 'node-1', where: 'acker', error: 'e' }])
})

test('a logger that throws hinders nobody: listeners are told, and the process is warned once', async () => {
  const broken = telemetry({ instance: 'Oban', node: 'node-1' }, () => {
    throw new Error('disk full')
  })
  const heard: unknown[] = []
  const leave = [
    onTelemetry('failure', ({ where, error }) => heard.push([where, (error as Error).message])),
    onTelemetry('leader.election', ({ leader }) => heard.push(leader)),
  ]
  const warnings: string[] = []
  const warn = ({ message }: Error) => warnings.push(message)
  process.on('warning', warn)
  broken.emit('leader.election', { leader: true, wasLeader: false })
  broken.emit('failure', { where: 'acker', error: new Error('no') })
  await setImmediate()
  process.off('warning', warn)
  for (const end of leave) end()

  expect(heard).toEqual([['logger', 'disk full'], true, ['logger', 'disk full'], ['acker', 'no']])
  expect(warnings).toEqual(['the logger of Oban throws: what it is told is lost'])
})

test('work succeeds between a start and a stop', async () => {
  const heard = listenTo('engine')
  await expect(span('engine', 'fetchJobs', async () => 'rows')).resolves.toBe('rows')

  expect(heard()).toMatchObject([
    ['start', { verb: 'fetchJobs' }],
    ['stop', { verb: 'fetchJobs', duration: expect.any(Number) }],
  ])
})

test('work fails between a start and an exception, and the error goes on', async () => {
  const heard = listenTo('service')
  const error = new Error('no')
  await expect(span('service', 'stager', () => Promise.reject(error))).rejects.toBe(error)

  expect(heard()).toMatchObject([
    ['start', { service: 'stager' }],
    ['exception', { service: 'stager', error, duration: expect.any(Number) }],
  ])
})

test("a service's result is part of its stop", async () => {
  const heard = listenTo('service')
  await span('service', 'stager', async () => ({ count: 3 }))

  expect(heard().at(-1)).toMatchObject(['stop', { service: 'stager', result: { count: 3 } }])
})

function listenTo(kind: 'engine' | 'service'): () => readonly unknown[] {
  const heard: unknown[] = []
  const leave = (['start', 'stop', 'exception'] as const).map((moment) =>
    onTelemetry(`${kind}.${moment}`, (event) => heard.push([moment, event])),
  )

  return () => {
    for (const end of leave) end()

    return heard
  }
}
