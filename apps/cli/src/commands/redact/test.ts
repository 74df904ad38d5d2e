import { createReadStream } from 'node:fs';
import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class RedactTest extends Command {
  static override readonly summary =
    'Show which secrets would be taken out of a file, were it the output of a command.';
  static override readonly description =
    'One line each: where it stands (the column in bytes), its kind, and what would stand in its place. The secret itself is not shown. Exits with 1 when there is any, with 2 when the file cannot be read. Your own patterns are those of the policy.';
  static override readonly examples = [
    '<%= config.bin %> redact test app.log',
    'journalctl -u web | <%= config.bin %> redact test - --json',
  ];
  static override readonly args = {
    file: Args.string({ description: 'The file; "-" for stdin.', required: true }),
  };
  static readonly json = 'one a line: {"kind", "line", "column", "placeholder"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RedactTest);
    const [{ openSession }, { policyNow }, { Redactor }, { trySecrets }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/standing-policy-at.ts'),
      import('../../redaction/redactor.ts'),
      import('../../services/redaction-trial.ts'),
    ]);
    const { redact } = policyNow(openSession(flags.profile)).policy;
    for await (const secret of trySecrets(this.#bytesOf(args.file), new Redactor(() => redact))) {
      const { line, column, kind, placeholder } = secret;
      const shown = flags.json ? JSON.stringify(secret) : `${line}:${column} ${kind} ${placeholder}`;
      process.stdout.write(`${shown}\n`);
      process.exitCode = 1;
    }
  }

  /** What cannot be read to its end says nothing of secrets: neither that there are none, nor that there are some. */
  async *#bytesOf(file: string): AsyncGenerator<Uint8Array> {
    try {
      yield* file === '-' ? process.stdin : createReadStream(file);
    } catch (error) {
      this.error((error as Error).message, { exit: 2 });
    }
  }
}
