import { join } from 'node:path';
import { DESCRIPTION_FILE } from '@servonaut/plugin-sdk/description';
import type { JudgedPlugin, ListedPlugin } from '../services/plugins/allowed-plugins.ts';
import { folded, plainText, table } from './plain-text.ts';

/** Most characters that are shown of what an author says of one tool. */
const LONGEST_WORDS = 600;
/** Most packages that are named of those that come with a plugin. */
const MOST_NAMED = 100;
/** What is shown as it is; the rest in quotes, so that one cannot pose as two. */
const PLAIN_WORD = /^[\w@/.+~^-]+$/;

/** A plugin as `--json` prints it. */
export function pluginJson(plugin: ListedPlugin): object {
  const fault = plugin.fault ? { message: plugin.fault.message, next_step: plugin.fault.nextStep } : null;
  const { name, standing } = plugin;
  if (standing === 'not readable') return { name, standing, fault };
  const { version, about, digest, integrity = null, dependencies, brings } = plugin;
  return { name, version, standing, fault, description: about, digest, integrity, dependencies, ...brings };
}

/** @param columns how wide the terminal is; undefined where there is none */
export function pluginTable(plugins: readonly ListedPlugin[], columns?: number): string {
  if (plugins.length === 0) return 'No plugin is installed.\n';
  const rows = plugins.map((plugin) => {
    if (plugin.standing === 'not readable') return [plugin.name, '', plugin.standing, ''];
    const { tools, sources } = plugin.brings;
    const parts = [...tools.map(({ name }) => name), ...sources.map((kind) => `source ${word(kind)}`)];
    const standing = plugin.standing === 'allowed' && plugin.fault ? 'left out' : plugin.standing;
    return [plugin.name, word(plugin.version), standing, parts.join(', ')];
  });
  const faults = plugins.flatMap(({ fault }) => (fault ? ['', fault.message, `  ${fault.nextStep}`] : []));
  const told = faults.flatMap((line) => folded(plainText(line), columns ?? Infinity));
  return table([['PLUGIN', 'VERSION', 'STANDING', 'BRINGS'], ...rows]) + told.map((row) => `${row}\n`).join('');
}

/**
 * What the operator is asked to agree to: first what was found out about the plugin, then what its author says, which is behind bars wherever the
 * terminal begins a row, so that nothing of it poses as one of ours.
 * @param columns how wide the terminal is; 0 where that is not known
 */
export function pluginText(plugin: JudgedPlugin, columns = 0): string {
  const { name, version, brings, integrity, digest } = plugin;
  const tools = brings.tools.map(({ name: tool, effect, target }) => {
    return `  tool   ${tool} (${effect}, on ${target === 'server' ? 'a server' : 'this machine'})`;
  });
  const facts = [
    `${name} ${word(version)}`,
    ...tools,
    ...brings.sources.map((kind) => `  source ${word(kind)}`),
    `  with   ${packagesText(plugin.dependencies)}`,
    `  npm    ${integrity === undefined ? 'from a folder, which npm does not check' : word(integrity)}`,
  ];
  const fold = (rows: readonly string[]): string[] => rows.flatMap((row) => folded(row, columns));
  // In one piece, so that it can be copied.
  return [...fold(facts), `  digest ${digest}`, ...fold(authorLines(plugin)), ''].join('\n');
}

/** Somebody else's, in a row of ours. */
function word(text: string): string {
  return PLAIN_WORD.test(text) ? text : plainText(JSON.stringify(text));
}

function packagesText(dependencies: readonly string[]): string {
  if (dependencies.length === 0) return 'no other packages';
  const named = dependencies.slice(0, MOST_NAMED).map((one) => one.split(' ').map(word).join(' '));
  const others = dependencies.length - named.length;
  return named.join(', ') + (others > 0 ? `, and ${others} more` : '');
}

function authorLines({ about, brings, root }: JudgedPlugin): string[] {
  const said = brings.tools.flatMap(({ name, description }) => [`  of ${name}:`, ...barred(description)]);
  const words = [...(about === '' ? [] : ['  of the plugin:', ...barred(about)]), ...said];
  if (words.length === 0) return [];
  const isCut = brings.tools.some(({ description }) => description.length > LONGEST_WORDS);
  const rest = isCut ? [`All of it is in ${plainText(join(root, DESCRIPTION_FILE))}.`] : [];
  return ['What its author says, which nobody has checked:', ...words, ...rest];
}

function barred(text: string): string[] {
  const cut = text.length > LONGEST_WORDS ? `${text.slice(0, LONGEST_WORDS)}…` : text;
  return [`  | ${plainText(cut)}`];
}
