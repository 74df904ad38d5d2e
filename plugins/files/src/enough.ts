/** That a command has put out enough; thrown by `consume`, it stops the command. */
export class Enough extends Error {}

/** For `catch` of `exec`: there is no end to tell of. @throws whatever else has ended the command */
export function stoppedByUs(error: unknown): undefined {
  if (error instanceof Enough) return undefined;
  throw error;
}
