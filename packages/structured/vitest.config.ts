import { project } from '../../test/project.ts'

export default project('structured', ['{src,test}/**/*.test.ts'])
