export * from './combination.ts';
export { combineAnswers, type CombinedSource } from './combine-answers.ts';
export { combinedTable } from './combined-table.ts';
