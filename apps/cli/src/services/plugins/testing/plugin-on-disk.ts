import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolManifest } from '@servonaut/contracts';
import type { Session } from '../../../session/session.ts';
import { readEnvironment } from '../../../session/environment.ts';
import { SDK } from '../sdk-version.ts';

export const HELLO = {
  name: 'say_hello',
  title: 'Say hello',
  description: 'Says hello on a server.',
  target: 'server',
  effect: 'read-only',
  idempotent: false,
  input_schema: { type: 'object', properties: {} },
} as const satisfies ToolManifest;

/** A profile in folders of its own. */
export function aProfile(): Pick<Session, 'paths' | 'environment'> & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'servonaut-plugins-'));
  const [configDir, stateDir] = [join(folder, 'config'), join(folder, 'state')];
  const environment = { ...readEnvironment(), configDir, stateDir };
  return { folder, environment, paths: { name: 'default', configDir: join(configDir, 'profiles/default'), stateDir } };
}

/** The files of a package that brings `HELLO`, with a module that leaves a trace when it runs. */
export function writePackage(folder: string, name: string, more: Readonly<Record<string, unknown>> = {}): void {
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  mkdirSync(folder, { recursive: true });
  const peerDependencies = { [SDK]: '^0.1.0' };
  const pjson = {
    name,
    version: '1.0.0',
    type: 'module',
    servonaut: { tools: './index.js' },
    peerDependencies,
    ...more,
  };
  write('package.json', JSON.stringify(pjson));
  write('index.js', `export const TOOLS = [{ manifest: ${JSON.stringify(HELLO)} }];\n`);
  write('servonaut.json', JSON.stringify({ tools: [HELLO], sources: [] }));
}

/** The same as npm leaves it. @returns its project */
export function placePlugin(stateDir: string, name: string, more?: Readonly<Record<string, unknown>>): string {
  const project = join(stateDir, 'plugins', name);
  writePackage(join(project, 'node_modules', name), name, more);
  writePackage(join(project, 'node_modules/left-pad'), 'left-pad');
  const packages = {
    '': {},
    [`node_modules/${name}`]: { version: '1.0.0', integrity: 'sha512-x' },
    'node_modules/left-pad': { version: '2.0.0' },
  };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages }));
  return project;
}
