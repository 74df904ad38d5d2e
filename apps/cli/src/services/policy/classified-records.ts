import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import type { CommandVerdict } from '../../policy/shell/command-verdict.ts';
import type { Session } from '../../session/session.ts';
import { policyNow } from './standing-policy-at.ts';

/** What is said of one command. */
export type ClassifiedCommand = Pick<CommandVerdict, 'class' | 'commands' | 'reason'>;

const NO_TEXT: ClassifiedCommand = { class: 'forbidden', commands: [], reason: 'It is no UTF-8' };

/** The classes of commands as a profile has them. @throws ServonautError `config_invalid` */
export function commandClassifier(session: Session): (command: string) => ClassifiedCommand {
  const { policy } = policyNow(session);
  return (command) => {
    const { class: worst, commands, reason } = policy.classOf(command);
    return { class: worst, commands, reason };
  };
}

/** Takes commands that each end with the separator, which the last one need not, and gives a line for each. Holds no more than one of them. */
export class ClassifiedRecords extends Transform {
  readonly #separator: number;
  readonly #line: (record: Buffer) => string;
  #begun: Buffer[] = [];

  constructor(
    separator: number,
    classify: (command: string) => ClassifiedCommand,
    render: (verdict: ClassifiedCommand) => string,
  ) {
    super();
    this.#separator = separator;
    this.#line = (record) => `${render(isUtf8(record) ? classify(record.toString()) : NO_TEXT)}\n`;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(this.#separator); end >= 0; end = chunk.indexOf(this.#separator, start)) {
      lines.push(this.#line(Buffer.concat([...this.#begun, chunk.subarray(start, end)])));
      this.#begun = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
    done(null, lines.join(''));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#begun.length > 0 ? this.#line(Buffer.concat(this.#begun)) : '');
  }
}
