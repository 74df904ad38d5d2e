import { ServonautError } from '@servonaut/plugin-sdk';
import { expandRange } from './host-range.ts';
import type { InventoryModel } from './inventory-model.ts';

type Section = { readonly group: string; readonly kind: 'hosts' | 'vars' | 'children' };

/** Words as a shell would split them, quotes taken away; one that is left open ends with the line, and so does a comment. */
function words(line: string): string[] {
  const found = line.match(/(?:[^\s"'#]|"(?:[^"\\]|\\.?)*(?:"|$)|'[^']*(?:'|$)|(?<=\S)#)+|#.*$/g) ?? [];
  const end = found.findIndex((word) => word.startsWith('#'));
  return (end === -1 ? found : found.slice(0, end)).map((word) =>
    word.replaceAll(/"((?:[^"\\]|\\.?)*)(?:"|$)|'([^']*)(?:'|$)/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value.replace(/(?<!\s)\s+[#;].*$/, '');
}

/** `name`, `name:22` and `[2001:db8::1]:22`; the port is one of the variables. */
function nameAndPort(word: string): { name: string; port?: string } {
  const [, bracketed, bare, port] =
    /^(?:\[(?=[^\]:]*:[^\]:]*:)([0-9A-Fa-f:.]+)\](?=:\d+$|$)|(.+?))(?::(\d+))?$/.exec(word) ?? [];
  // An IPv6 address without brackets has no port.
  if (bare !== undefined && bare.replaceAll(/\[[^[\]]*\]/g, '').includes(':')) return { name: word };
  return { name: bracketed ?? bare ?? word, ...(port !== undefined && { port }) };
}

function addHosts(line: string, group: string, model: InventoryModel): void {
  const [pattern = '', ...pairs] = words(line);
  const { name, port } = nameAndPort(pattern);
  const variables = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new Error(`expected "name=value", not "${pair}"`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const all = { ...(port !== undefined && { ansible_port: port }), ...Object.fromEntries(variables) };
  for (const host of expandRange(name)) model.addHost(host, all, group);
}

function addLine(line: string, { group, kind }: Section, model: InventoryModel): void {
  if (kind === 'children') return model.addChild(words(line)[0] ?? '', group);
  if (kind === 'hosts') return addHosts(line, group, model);
  const at = line.indexOf('=');
  if (at <= 0) throw new Error('expected "name = value"');
  model.addVariables(group, { [line.slice(0, at).trim()]: unquoted(line.slice(at + 1).trim()) });
}

function sectionOf(header: string): Section {
  const [, group, kind = 'hosts'] = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(header) ?? [];
  if (group === undefined || !['hosts', 'vars', 'children'].includes(kind))
    throw new Error(`expected [group], [group:vars] or [group:children], not "${header}"`);
  return { group, kind: kind as Section['kind'] };
}

/** @throws ServonautError `config_invalid` naming the file and the line */
export function readIni(text: string, path: string, model: InventoryModel): void {
  let section: Section = { group: 'ungrouped', kind: 'hosts' };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    try {
      // An IPv6 address, or a range, may begin the name of a host.
      if (line.startsWith('[') && !/^\[(?=[^\]]*:)[\dA-Fa-f:]*\]/.test(line)) {
        section = sectionOf(line);
        model.group(section.group);
      } else addLine(line, section, model);
    } catch (error) {
      const what = (error as Error).message;
      throw new ServonautError('config_invalid', { message: `${path}, line ${index + 1}: ${what}`, cause: error });
    }
  }
}
