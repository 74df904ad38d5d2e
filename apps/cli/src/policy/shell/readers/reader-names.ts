/** What a rule may name as its `reader`. */
export const READER_NAMES = [
  'awk',
  'compressor',
  'eval',
  'find',
  'kill',
  'printf',
  'sed',
  'shell',
  'tar',
  'test',
  'trap',
  'xargs',
] as const;
export type ReaderName = (typeof READER_NAMES)[number];
