import type { HereDoc, HereString, Redirect, Redirection } from 'unbash';
import { knownArgument, type Argument } from './argument.ts';
import type { Input, Surroundings } from './surroundings.ts';
import type { Finding } from './finding.ts';
import { readHereDocument } from './word-reader.ts';

/** Delimiters that all shells read alike. */
const DELIMITER = /^(?:'[\w.%+-]+'|"[\w.%+-]+"|\\?[\w.%+-]+)$/;
const DESCRIPTOR = /^(?:\d|-)$/;
const CONNECTIONS = ['/dev/tcp/', '/dev/udp/'];

/** What redirections of a command do. @returns what it reads as its input where that is written in the text */
export function readRedirections(
  surroundings: Surroundings,
  redirections: readonly Redirection[],
  finding: Finding,
  source: string,
): Input {
  let input: Input;
  for (const each of redirections) {
    const { descriptor } = each;
    if (descriptor && (descriptor.type !== 'FileDescriptor' || descriptor.value > 9)) {
      finding.raise('forbidden', 'some shells take this descriptor for an argument');
    }
    const text = readRedirection(surroundings, each, finding, source);
    const isInput = each.operator.startsWith('<') && (descriptor?.type !== 'FileDescriptor' || descriptor.value === 0);
    if (isInput) input = { text };
  }
  return input;
}

function readRedirection(
  surroundings: Surroundings,
  each: Redirection,
  finding: Finding,
  source: string,
): string | undefined {
  if (each.type === 'HereDoc') return hereDocument(surroundings, each, finding, source);
  const target = targetOf(surroundings, each, finding, source);
  if (!target) return undefined;
  if (each.type === 'HereString') return target.text;
  if (each.operator === '<') {
    if (target.variable === undefined || !surroundings.loops.isFile(target.variable)) reads(target, finding);
    return target.text === '/dev/null' ? '' : undefined;
  }
  if (!isDescriptor(each, target)) writes(surroundings, each, target, finding);
  return undefined;
}

function targetOf(
  surroundings: Surroundings,
  { target }: Redirect | HereString,
  finding: Finding,
  source: string,
): Argument | undefined {
  if (!target) finding.raise('forbidden', 'a redirection has no target');
  return target && surroundings.word(target, finding, source);
}

function isDescriptor({ operator }: Redirect, { text }: Argument): boolean {
  if (operator === '<&') return true;
  return operator === '>&' && text !== undefined && DESCRIPTOR.test(text);
}

function writes(surroundings: Surroundings, { operator }: Redirect, target: Argument, finding: Finding): void {
  if (operator.startsWith('&')) finding.raise('mutating', 'some shells run what is before &> in the background');
  surroundings.written(target, finding, `${operator} writes`);
}

/** bash connects to other machines by names of files that are none. */
function reads({ text, start, oneOf }: Argument, finding: Finding): void {
  if (oneOf) return oneOf.forEach((each) => reads(knownArgument(each), finding));
  const mayConnect = CONNECTIONS.some(
    (path) => start.startsWith(path) || (text === undefined && path.startsWith(start)),
  );
  if (mayConnect) finding.raise('mutating', 'it may connect to another machine');
}

function hereDocument(
  surroundings: Surroundings,
  { delimiter, body, closing, operator }: HereDoc,
  finding: Finding,
  source: string,
): string | undefined {
  if (!delimiter || !closing || !DELIMITER.test(delimiter.text)) {
    finding.raise('forbidden', 'a here-document has no end, or one that shells read differently');
    return undefined;
  }
  const lines = operator === '<<-' ? body.text.replaceAll(/^\t+/gm, '') : body.text;
  if (delimiter.quoted) return lines;
  if (/\\\n/.test(body.text))
    finding.raise('forbidden', 'a here-document continues a line, after which shells look for its end differently');
  if (!body.parts) return body.text.includes('\\') ? undefined : lines;
  readHereDocument(body.parts, surroundings.effects(finding, source));
  return undefined;
}
