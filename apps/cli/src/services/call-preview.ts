import { createHash } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';
import type { Preview } from '@servonaut/plugin-sdk';
import type { AskedPreview } from '../approval/approver.ts';
import { plainText } from '../ui/plain-text.ts';

/** Most characters of it that are shown; the arguments are shown in full besides. */
const SHOWN_LENGTH = 16_384;

/** A preview as the operator is asked about it: lines that steer no terminal, with how much was left out, and a digest of all of it. */
export function askedPreview(tool: string, { text, basis = null }: Preview | Unchecked): AskedPreview {
  if (typeof text !== 'string' || (basis !== null && typeof basis !== 'string'))
    throw new ServonautError('tool_failed', { message: `${tool} did not say what it would do.` });
  const digest = createHash('sha256')
    .update(JSON.stringify([text, basis]))
    .digest('base64url');
  return { text: shown(text), digest, basis: basis ?? undefined };
}

/** Of a plugin whose author's types were not checked. */
interface Unchecked {
  readonly text?: unknown;
  readonly basis?: unknown;
}

function shown(text: string): string {
  const left = text.length - SHOWN_LENGTH;
  const lines = text.slice(0, SHOWN_LENGTH).toWellFormed().split('\n').map(plainText);
  return [...lines, ...(left > 0 ? [`[... ${left} characters left out ...]`] : [])].join('\n');
}
