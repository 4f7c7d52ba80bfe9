import { project } from '../../test/project.ts'

export default project('core', ['{src,test}/**/*.test.ts'])
