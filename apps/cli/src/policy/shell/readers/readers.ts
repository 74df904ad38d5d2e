import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { readAwk } from './awk.ts';
import { readCompressor } from './compressor.ts';
import { readEval } from './eval.ts';
import { readFind } from './find.ts';
import { readKill } from './kill.ts';
import { readPrintf } from './printf.ts';
import type { ReaderName } from './reader-names.ts';
import { readSed } from './sed.ts';
import { readShell } from './shell.ts';
import { readTar } from './tar.ts';
import { readTest } from './test.ts';
import { readTrap } from './trap.ts';
import { readXargs } from './xargs.ts';

/** Tells what the arguments of one command make of it. */
export type Reader = (call: Call, rule: CommandRule) => void;

/** By the name that a rule's `reader` gives. */
export const READERS: Readonly<Record<ReaderName, Reader>> = {
  awk: readAwk,
  compressor: readCompressor,
  eval: readEval,
  find: readFind,
  kill: readKill,
  printf: readPrintf,
  sed: readSed,
  shell: readShell,
  tar: readTar,
  test: readTest,
  trap: readTrap,
  xargs: readXargs,
};
