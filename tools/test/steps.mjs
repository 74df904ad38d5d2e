/** Steps that are timed, and summed up at the end. */
import { runToEnd } from './child.mjs';

/** Runs a command with its output shown. @returns {Promise<{name: string, ok: boolean, seconds: number}>} */
export async function runStep(name, [command, ...args], options) {
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const code = await runToEnd(command, args, options);
  return { name, ok: code === 0, seconds: (performance.now() - startedAt) / 1_000 };
}

export function stepLine({ name, ok, seconds }) {
  return `  ${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(7)} s`;
}
