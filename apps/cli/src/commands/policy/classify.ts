import { pipeline } from 'node:stream/promises';
import { Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PolicyClassify extends Command {
  static override readonly summary = 'Read commands on stdin, and print what each would do.';
  static override readonly description =
    'For scripts. One command a line, or with --null one up to each NUL; one line each is printed: the class and the reason, or with --json an object with "class", "commands" and "reason".';
  static override readonly examples = [
    `printf 'uptime\\0find / -delete' | <%= config.bin %> policy classify --json --null`,
  ];
  static readonly json = 'one command a line: {"class", "commands", "reason"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    null: Flags.boolean({ description: 'Commands end with NUL, so that each may have several lines.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyClassify);
    const [{ openSession }, { ClassifiedRecords, commandClassifier }, { classifiedLine }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/classified-records.ts'),
      import('../../ui/render-policy.ts'),
    ]);
    const classify = commandClassifier(openSession(flags.profile));
    const render = flags.json ? (verdict: object) => JSON.stringify(verdict) : classifiedLine;
    const records = new ClassifiedRecords(flags.null ? 0 : 10, classify, render);
    await pipeline(process.stdin, records, process.stdout, { end: false }).catch(brokenOff);
  }
}

/** Whoever stopped reading has what they wanted. */
function brokenOff(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'EPIPE') throw cause;
}
