import { readFileSync } from 'node:fs';
import type { AnyTool } from '@servonaut/plugin-sdk';

const PACKAGE = new URL('../../../../package.json', import.meta.url);

/** The tools of every plugin that this release brings, found where the executor finds them, so that none can be forgotten. */
export async function firstPartyTools(): Promise<readonly AnyTool[]> {
  const { oclif } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { oclif: { plugins: readonly string[] } };
  const own = oclif.plugins.filter((name) => name.startsWith('@servonaut/'));
  const modules = (await Promise.all(own.map((name) => import(name)))) as { TOOLS?: readonly AnyTool[] }[];
  return modules.flatMap(({ TOOLS = [] }) => TOOLS);
}
