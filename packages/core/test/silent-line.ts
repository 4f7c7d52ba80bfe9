import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { inject, onTestFinished } from 'vitest'

/** A line to the server that can fall silent: bytes go nowhere from then on, and nobody is told. */
export async function aLine() {
  const sockets = new Set<Socket>()
  const forgotten = new Set<Socket>()
  const carry = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (chunk) => forgotten.has(from) || to.write(chunk))
    from.on('error', () => {}).on('close', () => forgotten.has(from) || to.destroy())
  }
  const real = new URL(inject('databaseUrl'))
  const server = createServer((client) => {
    const session = connect(Number(real.port || 5432), real.hostname)
    carry(client, session)
    carry(session, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(real)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const forget = () => {
    for (const socket of sockets) forgotten.add(socket)
  }

  return { url: url.href, forget }
}
