import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { loadConfig, withPort } from './app-config.ts';
import { settingsTable } from './settings-table.ts';

const KEY = 'k'.repeat(32);
const SECRET = 's'.repeat(43);

function refusal(environment: NodeJS.ProcessEnv): ServonautError {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ServonautError) return error;
  }
  throw new Error('expected a refusal');
}

describe('configuration', () => {
  it('needs nothing: one process, everything embedded, on loopback', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: null,
      redisUrl: null,
      mercure: null,
      relay: { ttlSeconds: 15, maxPendingPerUser: 200, maxPendingPerCredential: 100 },
      mcp: { keepAliveMs: 15_000 },
    });
    expect(config.dataDir).toBe(path.resolve('.data'));
  });

  it('takes an empty variable as one that is not set', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: '' })).toMatchObject({ databaseUrl: null, port: 3000 });
  });

  it('cannot be changed once it is read', () => {
    const config = loadConfig({}) as { port: number; relay: { ttlSeconds: number } };
    expect(() => (config.port = 1)).toThrow(TypeError);
    expect(() => (config.relay.ttlSeconds = 1)).toThrow(TypeError);
  });

  it('names all problems at once', () => {
    const { code, message } = refusal({ PORT: 'x', RELAY_TTL_SECONDS: '0', REDIS_URL: 'http://r' });
    expect(code).toBe('config_invalid');
    for (const name of ['PORT', 'RELAY_TTL_SECONDS', 'REDIS_URL']) expect(message).toContain(`  ${name}: `);
  });

  it('never repeats a value, which may be a secret in the wrong place', () => {
    const value = 'hunter2-swordfish';
    const everything = Object.fromEntries(settingsTable().map(({ name }) => [name, value]));
    expect(JSON.stringify(refusal(everything))).not.toContain(value);
    expect(refusal(everything).message).not.toContain(value);
  });

  it.each([
    ['SERVONAUT_SECRET', { DATABASE_URL: 'postgres://h/d' }],
    ['MERCURE_PUBLISHER_JWT_KEY', { MERCURE_URL: 'http://hub/.well-known/mercure', MERCURE_SUBSCRIBER_JWT_KEY: KEY }],
    ['MERCURE_SUBSCRIBER_JWT_KEY', { MERCURE_URL: 'http://hub/.well-known/mercure', MERCURE_PUBLISHER_JWT_KEY: KEY }],
  ])('asks for %s where it cannot do without', (name, environment) => {
    expect(refusal(environment).message).toContain(`${name}: required with`);
  });

  it.each([
    ['SERVONAUT_SECRET', 'c2hvcnQ'],
    ['MERCURE_PUBLISHER_JWT_KEY', 'short'],
    ['PUBLIC_URL', 'https://example.com/path'],
    ['PUBLIC_URL', 'https://user:password@example.com'],
    ['PUBLIC_URL', 'ftp://example.com'],
    ['SERVONAUT_ALLOWED_ORIGINS', 'https://a.example *'],
    ['DATABASE_URL', 'mysql://h/d'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['RELAY_TTL_SECONDS', '1.5'],
  ])('refuses %s=%s', (name, value) => {
    expect(refusal({ [name]: value }).message).toContain(`  ${name}: `);
  });

  it('gives executors the hub that the coordinator uses, unless it is told another', () => {
    const hub = {
      MERCURE_URL: 'http://hub/.well-known/mercure',
      MERCURE_PUBLISHER_JWT_KEY: KEY,
      MERCURE_SUBSCRIBER_JWT_KEY: KEY,
    };
    expect(loadConfig(hub).mercure?.publicUrl).toBe(hub.MERCURE_URL);
    const publicUrl = 'https://hub.example.com/.well-known/mercure';
    expect(loadConfig({ ...hub, MERCURE_PUBLIC_URL: publicUrl }).mercure?.publicUrl).toBe(publicUrl);
  });

  it.each([
    ['0.0.0.0', 'http://127.0.0.1:8080'],
    ['::', 'http://127.0.0.1:8080'],
    ['::1', 'http://[::1]:8080'],
    ['10.0.0.5', 'http://10.0.0.5:8080'],
  ])('can be reached when it listens on %s', (host, url) => {
    expect(loadConfig({ HOST: host, PORT: '8080' }).publicUrl).toBe(url);
  });

  it('puts the bound port into a public URL of its own making, and into no other', () => {
    expect(withPort(loadConfig({ PORT: '0' }), 41_234)).toMatchObject({
      port: 41_234,
      publicUrl: 'http://127.0.0.1:41234',
    });
    const published = loadConfig({ PORT: '0', PUBLIC_URL: 'https://example.com/' });
    expect(withPort(published, 41_234).publicUrl).toBe('https://example.com');
  });

  it('separates lists by commas or spaces', () => {
    const { http } = loadConfig({
      SERVONAUT_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
      SERVONAUT_SECRET: SECRET,
    });
    expect(http.allowedOrigins).toEqual(['https://a.example', 'https://b.example']);
  });
});
