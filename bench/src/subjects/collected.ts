/** The line that a program writes when `collect-garbage.ts` has done so. */
export const COLLECTED = 'garbage collected';
