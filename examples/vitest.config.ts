import { project } from '../test/project.ts'

export default project('examples', ['*/**/*.test.ts'])
