import { referenceHubAvailable } from './mercure-hub.ts';

/**
 * `describe` or `it` itself where nothing is missing, else its `skip`, with a warning; `npm test` counts what was skipped. In CI nothing is
 * skipped: the tests run, and fail for what is missing.
 * @param missing what this machine lacks, for the warning; undefined when it has everything
 */
export function unlessMissing<Block>(block: Block & { readonly skip: Block }, missing: string | undefined): Block {
  if (missing === undefined || inCi()) return block;
  console.warn(`SKIPPED, for this machine lacks ${missing}`);
  return block.skip;
}

/** `describe` or `it` for tests that start the reference hub, as {@link unlessMissing} says. */
export function withReferenceHub<Block>(block: Block & { readonly skip: Block }): Block {
  return unlessMissing(block, referenceHubAvailable() ? undefined : 'Go, which builds the reference Mercure hub');
}

function inCi(): boolean {
  return !['', 'false', undefined].includes(process.env['CI']);
}
