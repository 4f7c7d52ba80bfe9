import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * Packs every public package into a directory.
 * @returns {{ name: string, file: string }[]}
 */
export function pack(root, destination) {
  return publicPackages(root).map(({ name, directory }) => {
    const printed = run('pnpm', ['pack', '--json', '--pack-destination', destination], directory)
    const file = JSON.parse(printed).filename
    console.log(`packed  ${name}`)

    return { name, file }
  })
}

function publicPackages(root) {
  return readdirSync(join(root, 'packages'))
    .map((entry) => join(root, 'packages', entry))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, ...readJson(join(directory, 'package.json')) }))
    .filter((manifest) => !manifest.private)
}

/** Reads a JSON file. */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
