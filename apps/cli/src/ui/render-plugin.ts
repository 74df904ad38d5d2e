import type { JudgedPlugin } from '../services/plugins/allowed-plugins.ts';
import { plainText, table } from './plain-text.ts';

/** A plugin as `--json` prints it. */
export function pluginJson(plugin: JudgedPlugin): object {
  const { name, version, about, standing, digest, integrity = null, dependencies, brings } = plugin;
  return { name, version, standing, description: about, digest, integrity, dependencies, ...brings };
}

export function pluginTable(plugins: readonly JudgedPlugin[]): string {
  if (plugins.length === 0) return 'No plugin is installed.\n';
  const rows = plugins.map(({ name, version, standing, brings }) => {
    const parts = [...brings.tools.map((tool) => tool.name), ...brings.sources.map((kind) => `source ${kind}`)];
    return [name, plainText(version), standing, parts.map(plainText).join(', ')];
  });
  return table([['PLUGIN', 'VERSION', 'STANDING', 'BRINGS'], ...rows]);
}

/** What the operator is asked to agree to. All but the digest are the words of its author. */
export function pluginText(plugin: JudgedPlugin): string {
  const { name, version, about, brings, dependencies, integrity, digest } = plugin;
  const tools = brings.tools.map(({ name: tool, effect, target, description }) => {
    return `  tool    ${plainText(tool)} (${effect}, on ${target === 'server' ? 'a server' : 'this machine'}): ${plainText(description)}`;
  });
  return [
    `${plainText(`${name} ${version}`)}${about === '' ? '' : `: ${plainText(about)}`}`,
    ...tools,
    ...brings.sources.map((kind) => `  source  ${plainText(kind)}`),
    `  with    ${dependencies.length === 0 ? 'no other packages' : plainText(dependencies.join(', '))}`,
    `  npm     ${integrity === undefined ? 'from a folder, which npm does not check' : plainText(integrity)}`,
    `  digest  ${digest}`,
    '',
  ].join('\n');
}
