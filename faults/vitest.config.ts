import { project } from '../test/project.ts'

export default project('faults', ['**/*.test.ts'], { afterAll: true })
