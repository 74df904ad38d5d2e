/** Steps that are run one after the other, timed, and summed up at the end. */
import { spawnSync } from 'node:child_process';

/** Runs a command with its output shown. @returns {{name: string, ok: boolean, seconds: number}} */
export function runStep(name, [command, ...args], options = {}) {
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (error) console.error(error.message);
  return { name, ok: status === 0, seconds: (performance.now() - startedAt) / 1_000 };
}

export function stepLine({ name, ok, seconds }) {
  return `  ${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(7)} s`;
}
