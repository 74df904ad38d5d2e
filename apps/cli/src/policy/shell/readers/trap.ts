import type { Call } from '../call.ts';

/** The first argument is a script that runs later, unless there is no other or it says that nothing does. */
export function readTrap(call: Call): void {
  const words = call.args[0]?.text === '--' ? call.args.slice(1) : call.args;
  const [script, ...signals] = words;
  if (!script || script.text === '-' || script.text === '' || script.text === '-p' || script.text === '-l') return;
  const isSignalAlone = signals.length === 0 && /^(?:\d+|[A-Z]+)$/.test(script.text ?? '');
  if (!isSignalAlone) call.laterShell(script.text, 'trap');
}
