import { project } from '../../test/project.ts'

export default project('pglite', ['{src,test}/**/*.test.ts'])
