import type { Call } from '../call.ts';

const NUMBER = /^\d+$/;

/** Signal 0 only asks whether a process is there, and `-l` for names. In one more word that is not known nothing else can be asked. */
export function readKill(call: Call): void {
  const [signal, ...processes] = call.args;
  const [only] = processes;
  const areKnown = processes.every(({ text, isNumber }) => isNumber || NUMBER.test(text ?? ''));
  if (signal?.text === '-l' || signal?.text === '-L') return;
  if (signal?.text === '-0' && (areKnown || (processes.length === 1 && only?.single))) return;
  call.raise('mutating', 'kill ends processes');
  if (call.args.some(({ text }) => text === '1' || text === '-1')) call.raise('forbidden', 'kill ends all processes');
}
