import { channelName, statement } from '../names.ts'
import { encodeNotice } from '../notice.ts'
import { run, type Tools } from './tools.ts'

/** Sends notices, one a payload. They arrive when the transaction commits. */
export function notify(tools: Tools) {
  const send = statement(
    'notify',
    'SELECT pg_notify($1::text, payload) FROM jsonb_array_elements_text($2::text::jsonb) AS payload',
  )

  return async (channel: string, payloads: readonly object[]): Promise<void> => {
    if (payloads.length === 0) return
    const texts = payloads.map(encodeNotice)
    await run(tools, send, { values: [channelName(tools.names.prefix, channel), JSON.stringify(texts)] })
  }
}
