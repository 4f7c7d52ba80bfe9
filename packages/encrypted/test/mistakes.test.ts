import { dirname, join } from 'node:path'
import ts from 'typescript'
import { beforeAll, expect, test } from 'vitest'

const prelude = `
import { worker, type JobContext, type Next } from '@staffa/core'
import { hooks } from '@staffa/hooks'
import { fetchRecorded, recorded } from '@staffa/recorded'
import { structured } from '@staffa/structured'
import { z } from 'zod'
import { encrypted } from '../src/index.ts'
declare const staffa: import('@staffa/core').Staffa
const begun = worker({ name: 'mistaken' })
const email = structured(z.object({ to: z.string() }))
const needy = async ({ user }: JobContext & { readonly user: string }, next: Next) => next({ user })
fetchRecorded(staffa, begun.use(email).use(recorded()).process(({ args }) => args.to), 1)
`

/** Eleven mistakes, each on a line of its own, and what the compiler's last words about it must be. */
const mistakes: readonly (readonly [name: string, code: string, message: RegExp])[] = [
  [
    'encrypted inside of structured',
    'begun.use(email).use(encrypted({ key: "" }))',
    /args are already parsed here: move this layer up/,
  ],
  ['structured twice', 'begun.use(email).use(email)', /args are already parsed here: move this layer up/],
  [
    'a wrong key in new()',
    'begun.use(email).process(() => {}).new({ too: "ann" })',
    /'too' does not exist in type '\{ to: string; \}'/,
  ],
  [
    'a schema of what JSON cannot hold',
    'begun.use(structured(z.object({ at: z.date() })))',
    /the schema accepts values that JSON cannot hold/,
  ],
  [
    'no return before next()',
    'begun.use(async (_context, next) => { await next({ a: 1 }) })',
    /'void' is not assignable to type 'Outcome/,
  ],
  ['a need that nobody meets', 'begun.use(needy)', /Property 'user' is missing/],
  [
    'a result that nobody records',
    'fetchRecorded(staffa, begun.process(() => 1), 1)',
    /Property 'recording' is missing/,
  ],
  [
    'args before they are structured',
    'begun.process(({ args }) => args.to)',
    /Property 'to' does not exist on type 'Encoded'/,
  ],
  ['a word that no layer has added', 'begun.process(({ pool }) => pool)', /Property 'pool' does not exist/],
  [
    'a slip inside of a hook',
    'begun.use(email).use(hooks({ afterProcess: (_, { args }) => args.too }))',
    /Property 'too' does not exist on type '\{ to: string; \}'/,
  ],
  ['what is no layer', 'begun.use({ plug: "in" })', /'plug' does not exist in type 'Layer/],
]

let said: ReadonlyMap<number, string>

beforeAll(() => {
  said = diagnose(`${prelude}${mistakes.map(([, code]) => code).join('\n')}\n`)
}, 60_000)

test.each(mistakes.map(([name, , message], index) => ({ name, message, index })))(
  'a person understands what is wrong with $name',
  ({ message, index }) => {
    expect(said.get(index)).toMatch(message)
  },
)

test('what is right has no mistake', () => {
  expect([...said].filter(([index]) => index < 0 || index >= mistakes.length)).toEqual([])
})

/** The last line of what the compiler says of each line after the prelude. */
function diagnose(text: string): ReadonlyMap<number, string> {
  const file = join(import.meta.dirname, 'mistakes.ts')
  const root = join(import.meta.dirname, '../../..')
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists } = host
  const given = (name: string) => dirname(name) === dirname(file) && name.endsWith('mistakes.ts')
  host.readFile = (name) => (given(name) ? text : readFile.call(host, name))
  host.fileExists = (name) => given(name) || fileExists.call(host, name)
  const program = ts.createProgram([file], options, host)
  const source = program.getSourceFile(file) as ts.SourceFile
  const before = prelude.split('\n').length - 1

  return new Map(
    program.getSemanticDiagnostics(source).map(({ start = 0, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start)

      return [line - before, ts.flattenDiagnosticMessageText(messageText, '\n').split('\n').at(-1)?.trim() ?? '']
    }),
  )
}
