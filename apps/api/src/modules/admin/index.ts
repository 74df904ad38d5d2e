export { AdminModule } from './admin.module.ts';
export { FirstStart, type BootstrapFacts } from './first-start.ts';
export { welcome } from './welcome.ts';
