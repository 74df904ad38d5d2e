export { allOutput } from './all-output.ts';
export { ControlSequences } from './control-sequences.ts';
export { OverwrittenLines } from './overwritten-lines.ts';
export { plainBytes, plainText } from './plain-text.ts';
export { isMostlyInvalid } from './text-share.ts';
export { wholeEnd, wholeStart } from './whole-characters.ts';
