import type { Call } from '../call.ts';

/** Its arguments, joined by blanks, are a script. */
export function readEval(call: Call): void {
  const words = call.args[0]?.text === '--' ? call.args.slice(1) : call.args;
  const isKnown = words.every(({ text }) => text !== undefined);
  call.ownShell(isKnown ? words.map(({ text }) => text).join(' ') : undefined, 'eval');
}
