import type { Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

const TO_OUTPUT = ['-c', '--stdout', '--to-stdout'];
const LOOKS = ['-l', '-t', '--list', '--test'];
/** Of these and those that look, the last one holds for some. */
const CHANGES = ['-d', '-z', '--decompress', '--uncompress', '--compress'];

/** `gzip` and its like take the files that they pack and unpack away, unless they print what comes of it or merely look. */
export function readCompressor(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const files: Argument[] = [];
  for (let word = scan.next(); word; word = scan.next()) files.push(word);
  const has = (options: readonly string[]) => options.some((option) => scan.seen.has(option));
  if (has(TO_OUTPUT) || (has(LOOKS) && !has(CHANGES))) return;
  call.raise('mutating', `${call.name} writes files`);
  for (const file of files) call.means('written', file, call.name);
}
