export * from './combination.ts';
export { combineAnswers, withoutRows, type CombinedSource } from './combine-answers.ts';
export { combinedTable } from './combined-table.ts';
