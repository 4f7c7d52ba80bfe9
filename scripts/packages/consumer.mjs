import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from './pack.mjs'
import { run } from './run.mjs'

/** Makes a project that knows nothing of the workspace, and installs the tarballs and what they depend on. */
export function install(root, directory, tarballs) {
  cpSync(join(root, 'test/consumer'), directory, { recursive: true })
  const packed = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const dependencies = { ...packed, ...tools(root, ['typescript', '@types/node']), node: oldestNode(root) }
  writeJson(join(directory, 'package.json'), { name: 'consumer', private: true, type: 'module', dependencies })
  // JSON is YAML. Packages that depend on each other get the tarballs, too.
  writeJson(join(directory, 'pnpm-workspace.yaml'), { overrides: packed, allowBuilds: { node: true } })
  run('pnpm', ['install', '--prefer-offline', '--no-frozen-lockfile'], directory)

  const names = tarballs.flatMap(({ name }) =>
    doors(name, readJson(join(directory, 'node_modules', name, 'package.json'))),
  )
  writeJson(join(directory, 'doors.json'), names)
  writeFileSync(
    join(directory, 'doors.ts'),
    names.map((name, index) => `export * as door${index} from '${name}'\n`).join(''),
  )

  return directory
}

/** Doors that open only inside of a test runner. */
const forRunners = ['./jest', './vitest']

/** The names that a package may be imported by; complains when one leads to its sources. */
function doors(name, { exports }) {
  const names = Object.entries(exports).map(([path, target]) => {
    if (!target.default?.startsWith('./dist/')) {
      throw new Error(`expected '${path}' of ${name} to lead to dist/, got ${JSON.stringify(target)}`)
    }

    return [path, name + path.slice(1)]
  })

  return names.filter(([path]) => !forRunners.includes(path)).map(([, door]) => door)
}

/** The oldest Node that core promises to run on. */
function oldestNode(root) {
  const { engines } = readJson(join(root, 'packages/core/package.json'))
  const version = /^>=(\d+\.\d+)$/.exec(engines.node)?.[1]
  if (!version) throw new Error(`expected core's engines.node to be like '>=22.12', got '${engines.node}'`)

  return `${version}.0`
}

function tools(root, names) {
  return Object.fromEntries(
    names.map((name) => [name, readJson(join(root, 'node_modules', name, 'package.json')).version]),
  )
}

function writeJson(path, value) {
  writeFileSync(path, JSON.stringify(value, undefined, 2))
}
