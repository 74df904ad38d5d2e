/** `npm run build` for those who want what comes after it: says that it builds, and shows how only when it fails. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

console.log('Building what has changed …');
const nx = fileURLToPath(import.meta.resolve('nx'));
const build = spawn(process.execPath, [nx, 'run-many', '--targets=build,database-template', '--output-style=static'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  stdio: ['ignore', 'pipe', 'pipe'],
});
const written = [];
for (const stream of [build.stdout, build.stderr]) stream.on('data', (chunk) => written.push(chunk));
build.once('close', (code) => {
  if (code === 0) return;
  console.error(Buffer.concat(written).toString());
  process.exitCode = code ?? 1;
});
