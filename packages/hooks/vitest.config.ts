import { project } from '../../test/project.ts'

export default project('hooks', ['{src,test}/**/*.test.ts'])
