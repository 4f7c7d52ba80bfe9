import { expect, onTestFinished, test } from 'vitest'
import { onTelemetry, type TelemetryName, telemetry } from './telemetry.ts'

const error = new Error('the listener is broken')
const throws = () => {
  throw error
}
const rejects = async () => throws()

/** What an instance tells itself, beside whoever listens. */
function instance() {
  const told: (readonly [name: string, payload: unknown])[] = []
  const own = telemetry({ instance: 'Oban', node: 'node-1' }, (name, payload) => void told.push([name, payload]))

  return { ...own, told, failures: () => told.filter(([name]) => name === 'failure') }
}

/** Listens until the test is over. */
function listen<Name extends TelemetryName>(name: Name, listener: Parameters<typeof onTelemetry<Name>>[1]): void {
  onTestFinished(onTelemetry(name, listener))
}

test.each([
  ['throws', throws],
  ['rejects', rejects],
])('a listener that %s is reported once, and hinders nobody', async (_how, broken) => {
  const { emit, failures } = instance()
  const heard: string[] = []
  listen('notifier.switch', broken)
  listen('notifier.switch', ({ status }) => heard.push(status))
  emit('notifier.switch', { status: 'listening' })
  emit('notifier.switch', { status: 'polling' })
  await undefined // what rejects does so in a later turn

  expect(heard).toEqual(['listening', 'polling'])
  expect(failures()).toEqual([['failure', { where: 'listener of notifier.switch', error }]])
})

test('a broken listener of failures is reported as well, and does not hear of itself', () => {
  const { emit, failures } = instance()
  listen('failure', throws)
  emit('failure', { where: 'stager', error: 'no' })

  expect(failures().map(([, payload]) => payload)).toEqual([
    { where: 'stager', error: 'no' },
    { where: 'listener of failure', error },
  ])
})

test('each listener that is broken is reported, to the instance whose event it failed at', () => {
  const [one, two] = [instance(), instance()]
  listen('notifier.switch', throws)
  listen('notifier.switch', () => two.emit('notifier.garbage', { channel: 'signal', reason: 'no' }))
  listen('notifier.garbage', throws)
  one.emit('notifier.switch', { status: 'listening' })

  expect(one.failures()).toEqual([['failure', { where: 'listener of notifier.switch', error }]])
  expect(two.failures()).toEqual([['failure', { where: 'listener of notifier.garbage', error }]])
})

test('work goes on that broken listeners look at', async () => {
  const { span, failures } = instance()
  listen('engine.start', throws)
  listen('engine.stop', rejects)

  await expect(span('engine', 'fetchJobs', async () => 'rows')).resolves.toBe('rows')
  expect(failures()).toEqual([
    ['failure', { where: 'listener of engine.start', error }],
    ['failure', { where: 'listener of engine.stop', error }],
  ])
})
