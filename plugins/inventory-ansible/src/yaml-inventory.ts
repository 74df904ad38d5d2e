import { checkYamlLength, faultText, inWords, nearestFaults, ServonautError, z } from '@servonaut/plugin-sdk';
import { LineCounter, parseDocument } from 'yaml';
import { expandRange } from './host-range.ts';
import type { InventoryModel, Variables } from './inventory-model.ts';

const variablesSchema = z.record(z.string(), z.unknown()).nullish();

const groupSchema = z
  .looseObject({
    hosts: z.record(z.string(), variablesSchema).nullish(),
    children: z.record(z.string(), z.unknown()).nullish(),
    vars: variablesSchema,
  })
  .nullish();

function invalid(path: string, line: number | undefined, what: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `${path}${line === undefined ? '' : `, line ${line}`}: ${what}`,
  });
}

/** Also what is JSON and no more. @throws ServonautError `config_invalid` naming the file and the line */
export function parseYaml(text: string, path: string): unknown {
  if (path.toLowerCase().endsWith('.json')) {
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  checkYamlLength(text, path);
  const lines = new LineCounter();
  // Tags, such as !vault, leave the text as it is, and are no fault of the operator's.
  // Of keys that are there twice the last counts, as for Ansible; to look for them takes the square of the time.
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error', uniqueKeys: false });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  return document.toJS();
}

/** The variables that a file holds; none where it is empty. @throws ServonautError `config_invalid` naming the file */
export function readVariables(text: string, path: string): Variables {
  const parsed = variablesSchema.safeParse(parseYaml(text, path));
  if (!parsed.success) throw invalid(path, undefined, 'expected variables');
  return parsed.data ?? {};
}

function addGroup(name: string, content: unknown, path: string, model: InventoryModel): void {
  const parsed = groupSchema.safeParse(content, inWords());
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap(nearestFaults);
    const told = faults.map((fault) => faultText([name, ...fault.path].join('.'), fault.message));
    throw invalid(path, undefined, told.join('; '));
  }
  const { hosts, children, vars } = parsed.data ?? {};
  model.addVariables(name, vars ?? {});
  for (const [pattern, variables] of Object.entries(hosts ?? {}))
    for (const host of expandRange(pattern)) model.addHost(host, variables ?? {}, name);
  for (const [child, inner] of Object.entries(children ?? {})) {
    model.addChild(child, name);
    addGroup(child, inner, path, model);
  }
}

/** @throws ServonautError `config_invalid` naming the file, and the line where there is one */
export function readYaml(text: string, path: string, model: InventoryModel): void {
  const content = parseYaml(text, path) ?? {};
  const groups = z.record(z.string(), z.unknown()).safeParse(content);
  if (!groups.success) throw invalid(path, undefined, 'expected groups');
  if (typeof groups.data['plugin'] === 'string') {
    throw invalid(path, undefined, `is for Ansible's plugin ${groups.data['plugin']}, which Servonaut does not run`);
  }
  for (const [name, group] of Object.entries(groups.data)) addGroup(name, group, path, model);
}
