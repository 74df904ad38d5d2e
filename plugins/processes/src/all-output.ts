import type { ExecResult, ShellCommand, ToolContext } from '@servonaut/plugin-sdk';

/** Bytes of output that are read; tens of thousands of processes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Runs a command and reads all of its output, of which an answer would keep head and tail alone. */
export async function allOutput(
  context: Pick<ToolContext, 'exec'>,
  command: ShellCommand,
): Promise<{ readonly exec: ExecResult; readonly stdout: string }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const exec = await context.exec(command, {
    consume: (chunk) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) chunks.push(chunk);
    },
  });
  return { exec, stdout: Buffer.concat(chunks).toString() };
}
