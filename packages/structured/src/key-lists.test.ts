import { describe, expect, it } from 'vitest'
import { checker } from './checker.ts'

const check = checker({ keys: ['id', 'name', 'note'], required: ['id', 'name'] }, undefined)

describe('lists of keys', () => {
  it('take args that have the required keys', async () => {
    const args = { id: 0, name: 'ann', note: null }

    expect(await check(args)).toEqual({ issues: [], input: args, output: args })
    expect((await check({ id: false, name: [] })).issues).toEqual([])
  })

  it.each([{}, { id: null, name: null }, { id: '', name: '  ' }])('miss required keys in %j', async (args) => {
    expect((await check(args)).issues).toEqual([
      { path: ['id'], message: "can't be blank" },
      { path: ['name'], message: "can't be blank" },
    ])
  })

  it('find no required key in the prototype', async () => {
    const inherited = checker({ keys: ['constructor', 'toString'], required: ['constructor'] }, undefined)

    expect((await inherited({})).issues).toMatchObject([{ path: ['constructor'] }])
  })

  it('are checked when the worker is defined', () => {
    expect(() => checker({ keys: ['a'], required: ['b'] }, undefined)).toThrow('expected required to be among the keys')
    expect(() => checker({ keys: ['a', 'a'] }, undefined)).toThrow('expected keys to be a list of different keys')
    expect(() => checker({ keys: 'a' as never }, undefined)).toThrow('expected keys to be a list')
    expect(() => checker({ keys: [''] }, undefined)).toThrow('expected keys to be a list')
    expect(() => checker({ keys: ['a'], require: ['a'] } as never, undefined)).toThrow('did you mean "required"?')
  })
})
