export { ControlSequences } from './control-sequences.ts';
export { OverwrittenLines } from './overwritten-lines.ts';
export { plainBytes, plainText } from './plain-text.ts';
