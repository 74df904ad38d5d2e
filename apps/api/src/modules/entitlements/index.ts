export { decide, mayUseServer, visibleTools, type Decision, type Wanted } from './decide.ts';
