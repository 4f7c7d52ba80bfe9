// Lets measured processes load our packages as users get them, built: a program that strips types from hundreds of files
// is larger, and slower to start, than theirs.
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

interface Manifest {
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, { readonly default: string }>> }
}

registerHooks({
  resolve: (specifier, context, next) => {
    const published = /^@staffa\//.test(specifier) ? publishedFile(specifier) : undefined

    return published ? { url: published, shortCircuit: true } : next(specifier, context)
  },
})

/** `@staffa/core/plugin` is what `./plugin` is in the manifest that is published. */
function publishedFile(specifier: string): string {
  const [name, ...door] = specifier.split('/').slice(1) as [string, ...string[]]
  const root = new URL(`../../packages/${name}/`, import.meta.url)
  const { publishConfig } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Manifest
  const file = publishConfig?.exports?.[['.', ...door].join('/')]?.default
  const path = file && fileURLToPath(new URL(file, root))
  if (path && existsSync(path)) return pathToFileURL(path).href
  throw new Error(`expected ${specifier} to be built, got no ${file}: run pnpm build`)
}
