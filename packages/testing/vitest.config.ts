import { project } from '../../test/project.ts'

export default project('testing', ['{src,test}/**/*.test.ts'])
