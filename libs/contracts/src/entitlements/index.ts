export * from './command-template.ts';
export * from './entitlement-rules.ts';
export * from './server-selector.ts';
export { parseTemplate, renderTemplate, type TemplateText } from './template-text.ts';
