export * from './command-template.ts';
export * from './entitlement-rules.ts';
export * from './server-selection.ts';
export * from './server-selector.ts';
export { fillWord, renderTemplate, showTemplate, templateWords } from './template-text.ts';
