// Packs every public package, and uses the packed result as a stranger would: types, an ESM program, a CommonJS one.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { install } from './packages/consumer.mjs'
import { pack } from './packages/pack.mjs'
import { attempt, run } from './packages/run.mjs'
import { checkTypes } from './packages/types.mjs'

const root = resolve(import.meta.dirname, '..')
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'staffa-packages-')))
const bin = (name) => join(root, 'node_modules/.bin', name)

function inspect(tarball) {
  return [
    attempt(`publint ${tarball.name}`, () => run(bin('publint'), ['run', tarball.file, '--strict'], root)),
    attempt(`attw ${tarball.name}`, () =>
      run(bin('attw'), [tarball.file, '--profile', 'esm-only', '--no-color', '--no-emoji'], root),
    ),
  ]
}

function use(tarballs) {
  const consumer = install(root, join(temporary, 'consumer'), tarballs)
  const oldest = join(consumer, 'node_modules/.bin/node')
  const runs = [process.execPath, oldest].flatMap((node) => {
    const version = run(node, ['--version'], consumer).trim()

    return [
      attempt(`ESM program on Node ${version}`, () =>
        run(node, ['--experimental-strip-types', 'program.ts'], consumer),
      ),
      attempt(`CommonJS program on Node ${version}`, () => run(node, ['program.cjs'], consumer)),
    ]
  })

  return [attempt('types of every door', () => checkTypes(consumer)), ...runs]
}

function check() {
  const tarballs = pack(root, temporary)
  if (tarballs.length === 0) throw new Error('expected public packages below packages/, got none')

  return [...tarballs.flatMap(inspect), ...use(tarballs)].filter((passed) => !passed).length
}

try {
  const failures = check()
  console.log(`packages: ${failures} complaints`)
  process.exitCode = failures > 0 ? 1 : 0
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
