import { project } from '../test/project.ts'

export default project('benchmarks', ['**/*.test.ts'])
