import { spawn } from 'node:child_process';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command to its end. Signals that would end us go to it instead, so that nothing is left running; we end after it.
 * @returns {Promise<number>} exit code; 128 and more for a signal, as shells count
 */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    const end = (code) => {
      for (const signal of FORWARDED) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(error.message);
      end(127);
    });
    child.once('close', (code, signal) => {
      end(code ?? 128);
      if (signal && FORWARDED.includes(signal)) process.kill(process.pid, signal);
    });
  });
}
