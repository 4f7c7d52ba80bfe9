import { project } from '../../test/project.ts'

export default project('cron', ['{src,test}/**/*.test.ts'])
