import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Compiles the programs of all pages at once, where every package of the workspace can be imported by its name. */
export function compile(root, pages) {
  const directory = mkdtempSync(join(root, '.docs-check-'))
  try {
    const names = write(directory, pages)
    linkPackages(root, directory)
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings))

    return complaints(root, directory, names)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A page may declare what its readers need not use. */
const settings = { extends: '../tsconfig.base.json', compilerOptions: { noUnusedLocals: false }, include: ['*.ts'] }

function write(directory, pages) {
  const names = new Map()
  const programs = pages.flatMap(({ path, programs }) => programs.map((program) => ({ path, program })))
  programs.forEach(({ path, program }, index) => {
    names.set(`block${index}.ts`, path)
    writeFileSync(join(directory, `block${index}.ts`), program)
  })

  return names
}

function linkPackages(root, directory) {
  for (const entry of existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : []) {
    const link = join(directory, 'node_modules/@staffa', entry)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'packages', entry), link, 'junction')
  }
}

function complaints(root, directory, names) {
  if (names.size === 0) return []
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
    cwd: directory,
    encoding: 'utf8',
  })
  const lines = (stdout + stderr).split('\n').filter((line) => line.trim() !== '')
  if (status !== 0 && lines.length === 0) return ['expected tsc to say what is wrong, got nothing']

  return lines.map((line) =>
    line.replace(/^(block\d+\.ts)\((\d+),\d+\)/, (_, name, row) => `${names.get(name)}:${row}`),
  )
}
