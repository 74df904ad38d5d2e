import type { ServerEntry } from '@servonaut/plugin-sdk';

const LABEL = 'label:';

/** Whether a server is meant by `web-*`, `label:role=db` or `label:role`. */
export function serverFilter(filter: string): (server: ServerEntry) => boolean {
  if (!filter.startsWith(LABEL)) return ({ name }) => matches(filter, name);
  const [key = '', ...value] = filter.slice(LABEL.length).split('=');
  const pattern = value.length === 0 ? '*' : value.join('=');
  return ({ labels }) => Object.hasOwn(labels, key) && matches(pattern, labels[key] ?? '');
}

/** `*` stands for any characters. In linear time, since the pattern is an agent's: a regular expression could be made to take for ever. */
function matches(pattern: string, text: string): boolean {
  const [start = '', ...parts] = pattern.split('*');
  const end = parts.pop();
  if (end === undefined) return pattern === text;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - end.length >= at && text.endsWith(end);
}
