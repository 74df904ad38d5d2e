import { statSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUT_FOLDER, type KeptPart } from './kept-folder.ts';

/** Whether `read_output` has something to show of a request in which this executor was killed: what had been written by then. */
export function isOutputKept(stateDir: string, requestId: string): boolean {
  const holds = (part: KeptPart): boolean => {
    const file = statSync(join(stateDir, OUTPUT_FOLDER, `${requestId}.${part}`), { throwIfNoEntry: false });
    return file !== undefined && file.size > 0;
  };
  return holds('json') && (holds('stdout') || holds('stderr'));
}
