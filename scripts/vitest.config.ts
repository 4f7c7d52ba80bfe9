import { project } from '../test/project.ts'

export default project('scripts', ['**/*.test.mjs'])
