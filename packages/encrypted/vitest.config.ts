import { project } from '../../test/project.ts'

export default project('encrypted', ['{src,test}/**/*.test.ts'])
