export { decide, visibleTools, type Decision, type Wanted } from './decide.ts';
