import { project } from '../../test/project.ts'

export default project('recorded', ['{src,test}/**/*.test.ts'])
