import { isPolicyThere, policyPath } from '../../policy/policy-text.ts';
import { policySchema } from '../../policy/policy-schema.ts';
import { policyWarnings, type Surroundings } from '../../policy/policy-warnings.ts';
import type { Session } from '../../session/session.ts';
import { readYaml } from '../../session/yaml-file.ts';
import type { PluginPackage } from '../plugin-package.ts';
import { sessionInventory } from '../session-inventory.ts';
import { loadToolCatalog } from '../tool-catalog.ts';
import { readPolicyText } from './standing-policy-at.ts';

export interface LintFinding {
  /** With a fault nothing is run; a warning is most likely not meant. */
  readonly severity: 'fault' | 'warning';
  readonly line: number | null;
  readonly message: string;
}

export interface PolicyLint {
  readonly path: string;
  /** Whether there is a file at all. */
  readonly isThere: boolean;
  readonly findings: readonly LintFinding[];
}

/** Every fault of the text; when there is none, what is most likely not meant, from its first line to its last. */
export function lintText(text: string, path: string, around: Surroundings): LintFinding[] {
  const { file, faults } = readYaml(text, path, policySchema);
  if (!file) {
    return faults.map(({ message, facts }) => ({ severity: 'fault', line: lineOfFact(facts['line']), message }));
  }
  return policyWarnings(file.data, around)
    .map(({ path: where, message }) => ({ severity: 'warning' as const, line: file.lineOf(where) ?? null, message }))
    .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

const lineOfFact = (line: unknown) => (typeof line === 'number' ? line : null);

/** @throws ServonautError `config_invalid` when the policy cannot be read at all, or what it is about: inventory, plugins */
export async function lintPolicy(session: Session, plugins: Iterable<PluginPackage>): Promise<PolicyLint> {
  const path = policyPath(session.paths);
  if (!isPolicyThere(path)) return { path, isThere: false, findings: [] };
  const text = readPolicyText(path);
  const [{ entries: servers }, catalog] = await Promise.all([sessionInventory(session), loadToolCatalog(plugins)]);
  const tools = catalog.entries.map(({ tool }) => ({ name: tool.name, runsCommands: tool.commands !== undefined }));
  return { path, isThere: true, findings: lintText(text, path, { servers, tools }) };
}
