export * from './command-template.ts';
export * from './entitlement-rules.ts';
export * from './server-selector.ts';
export { renderTemplate } from './template-text.ts';
