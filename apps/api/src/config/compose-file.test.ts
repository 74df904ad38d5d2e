import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from './app-config.ts';
import { SETTINGS } from './settings.ts';

interface ComposeFile {
  readonly services: Readonly<
    Record<string, { readonly environment?: Readonly<Record<string, string>>; readonly ports?: readonly string[] }>
  >;
}

const folder = new URL('../../../../docker/', import.meta.url);
const composeText = readFileSync(new URL('compose.yaml', folder), 'utf8');
const { services } = parse(composeText) as ComposeFile;
const exampleText = readFileSync(new URL('.env.example', folder), 'utf8');
const asked = [...exampleText.matchAll(/^(\w+)=/gm)].map(([, name]) => name as string);

/** As Compose does it: `${NAME:?}` is what the environment file says, and must say; `${NAME:-}` is what it says, or empty. */
const interpolated = (value: string, values: Readonly<Record<string, string>>) =>
  value
    .replaceAll(/\$\{(\w+):\?\}/g, (_, name: string) => values[name] ?? `missing ${name}`)
    .replaceAll(/\$\{(\w+):-\}/g, (_, name: string) => values[name] ?? '');

const required = {
  ...Object.fromEntries(asked.map((name) => [name, 'k'.repeat(43)])),
  DOMAIN: 'servonaut.example.com',
  SERVONAUT_ADMIN_EMAIL: 'ada@example.com',
};
const nothingElse = { UPSTREAM_ISSUER: '', UPSTREAM_CLIENT_ID: '', UPSTREAM_CLIENT_SECRET: '', UPSTREAM_LABEL: '' };
const everything = { UPSTREAM_ISSUER: 'https://login.example.com', UPSTREAM_LABEL: 'Example' };

describe('the compose file', () => {
  const coordinator = services['coordinator']?.environment ?? {};

  it('sets nothing for the coordinator that is no setting of its', () => {
    expect(Object.keys(coordinator).filter((name) => !(name in SETTINGS))).toEqual([]);
  });

  it.each([
    ['what must be said alone', { ...nothingElse, OAUTH_CLIENT_DOCUMENTS: '' }],
    ['all that may be said', { ...everything, OAUTH_CLIENT_DOCUMENTS: 'off' }],
  ])('makes settings that the coordinator accepts, with %s', (_, chosen: Readonly<Record<string, string>>) => {
    const values: Readonly<Record<string, string>> = { ...required, ...chosen };
    const environment = Object.entries(coordinator).map(([name, value]) => [name, interpolated(value, values)]);
    expect(loadConfig(Object.fromEntries(environment) as Record<string, string>).publicUrl).toBe(
      'https://servonaut.example.com',
    );
  });

  it('asks for exactly what the example of the environment file names', () => {
    const used = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect(used).toEqual(new Set(asked));
  });

  it('publishes the ports of the hub, and of nothing else', () => {
    const published = Object.entries(services).filter(([, service]) => service.ports);
    expect(published.map(([name]) => name)).toEqual(['hub']);
  });
});
