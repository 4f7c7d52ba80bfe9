import assert from 'node:assert/strict'
import { decodeNotice } from '@staffa/core/internal'
import { heard, type Verb } from './bench.ts'

export const notify: Verb = {
  verb: 'notify',
  cases: {
    'sends every payload, in order': async (bench) => {
      const payloads = [
        { action: 'pause', queue: 'mail' },
        { action: 'resume', queue: `o'hara \\ "x" ✓` },
      ]
      const notices = await heard(bench, 'signal', () => bench.engine.notify('signal', payloads))

      assert.deepEqual(
        notices.map((notice) => JSON.parse(notice)),
        payloads,
      )
    },

    'packs a payload that is too large for a notice': async (bench) => {
      const payload = { lines: Array.from({ length: 500 }, (_, line) => `line number ${line} of this notice`) }
      const [notice] = await heard(bench, 'gossip', () => bench.engine.notify('gossip', [payload]))

      assert.deepEqual(decodeNotice(notice ?? ''), payload)
    },

    'sends nothing when there is nothing': async (bench) => {
      assert.deepEqual(await heard(bench, 'signal', () => bench.engine.notify('signal', [])), [])
    },

    'sends when a transaction commits, and never when it is undone': async (bench) => {
      const notices = await heard(bench, 'signal', async () => {
        await bench.engine.transaction((on) => bench.engine.notify('signal', [{ number: 1 }], on))
        const undone = bench.engine.transaction(async (on) => {
          await bench.engine.notify('signal', [{ number: 2 }], on)
          throw new Error('undone')
        })
        await assert.rejects(undone, /undone/)
      })

      assert.deepEqual(notices, ['{"number":1}'])
    },
  },
}
