/** What a rule may name as its `reader`. */
export const READER_NAMES = ['awk', 'eval', 'find', 'printf', 'sed', 'shell', 'tar', 'test', 'trap', 'xargs'] as const;
export type ReaderName = (typeof READER_NAMES)[number];
