import { beforeEach, describe, expect, it } from '@jest/globals';
import { commandTemplatesSchema, type CommandTemplate } from '@servonaut/contracts';
import { aToolManifest } from '@servonaut/testkit';
import { loadConfig } from '../../../config/app-config.ts';
import { Entitlements, MemoryCallCounters } from '../../entitlements/index.ts';
import { aToolSurface } from '../testing/a-tool-surface.ts';
import { aPrincipal } from '../testing/fake-access.ts';
import { FakeRelay } from '../testing/fake-relay.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import { asCallableBy } from './templated-commands.ts';
import type { ToolSurface } from './tool-surface.ts';

const commands = commandTemplatesSchema.parse([
  {
    name: 'service-status',
    description: 'Whether a service runs',
    template: 'systemctl status -- {service}',
    parameters: { service: { pattern: '[a-z0-9@._-]+' } },
  },
  { name: 'disk', template: 'df -h' },
  { name: 'sign-in', template: 'door {password}', parameters: { password: { pattern: '.*' } } },
]);

describe('a caller with approved commands', () => {
  let relay: FakeRelay;
  let surface: ToolSurface;
  let audit: RecordedAudit;
  const principal = aPrincipal({ label: 'support', commands });
  const call = (args: Record<string, unknown>) =>
    surface.callTool(principal, 'run_command', { server: 'web-1', ...args });

  beforeEach(() => {
    relay = new FakeRelay();
    audit = new RecordedAudit();
    const config = loadConfig({});
    const entitlements = new Entitlements(new MemoryCallCounters(), { breaker: null, besidesRunMs: 0 });
    surface = aToolSurface({ relay, entitlements, audit, config });
  });

  it('sees what they are, and no way to say a command', async () => {
    const tools = await surface.listTools(aPrincipal({ tools: ['run_command'], commands }));
    const { title, description, inputSchema } = tools[0]!;
    expect(tools.map(({ name }) => name)).toEqual(['run_command', 'get_request']);
    expect(title).toBe('Run an approved command');
    expect(description).toContain(
      '[service-status] systemctl status -- {service} with service: [a-z0-9@._-]+ (up to 256 characters) (Whether a service runs); [disk] df -h;',
    );
    expect(Object.keys(inputSchema['properties'] as object).sort()).toEqual([
      'max_parallel',
      'parameters',
      'server',
      'servers',
      'stop_on_error',
      'template',
      'timeout_seconds',
    ]);
    expect(inputSchema).not.toHaveProperty('anyOf');
  });

  it('has the executor run the command that they make', async () => {
    await call({ template: 'service-status', parameters: { service: 'nginx' }, timeout_seconds: 7 });
    await call({ template: 'disk' });
    expect(relay.calls).toMatchObject([
      { server: 'web-1', timeoutSeconds: 7, payload: { command: "env 'systemctl' 'status' '--' 'nginx'" } },
      { server: 'web-1', payload: { command: 'df -h' } },
    ]);
    expect(Object.keys(relay.calls[1]!.payload)).toEqual(['command']);
  });

  it.each([
    ['a template that there is none of', { template: 'SECRET' }, 'template must be one of'],
    ['the name of an inherited property', { template: 'constructor' }, 'template must be one of'],
    ['no template', {}, 'template must be one of service-status, disk, sign-in, and is missing.'],
    ['no parameters', { template: 'service-status' }, 'service: missing'],
    [
      'a parameter that does not fit',
      { template: 'service-status', parameters: { service: '$(SECRET)' } },
      'service: does not fit',
    ],
    [
      'a parameter that is no text',
      { template: 'service-status', parameters: { service: 5 } },
      'parameters.service must be a text',
    ],
    ['parameters of another', { template: 'disk', parameters: { service: 'x' } }, 'no parameter "service"'],
    ['a folder', { template: 'disk', cwd: '/SECRET' }, 'cwd'],
  ])('is told what is wrong with %s, and nothing runs', async (_what, args, words) => {
    const result = await call(args);
    expect(result.structuredContent.results[0]!.error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(words),
    });
    expect(JSON.stringify(result)).not.toContain('SECRET');
    expect(relay.calls).toEqual([]);
  });

  it.each([{ command: 'id' }, { command: 'df -h', template: 'disk' }, { command: null }])(
    'may not use words of its own: %j',
    async (args) => {
      const result = await call(args);
      expect(result.structuredContent.results[0]!.error).toMatchObject({ code: 'not_entitled' });
      expect(result.content[0]!.text).toContain('rule: credential.support.commands');
      expect(audit.records.at(-1)!.data).toMatchObject({ allowed: false, rule: 'credential.support.commands' });
      expect(relay.calls).toEqual([]);
    },
  );

  it('is held to them whatever an executor has put in the place of the tool', async () => {
    const input_schema = { type: 'object' as const, properties: {}, additionalProperties: true };
    relay.tools = [aToolManifest({ name: 'run_command', target: 'executor', input_schema })];
    expect(asCallableBy(principal, relay.tools[0]!)).toMatchObject({ target: 'server' });
    for (const args of [{ script: 'id' }, { command: 'id' }, { template: 'disk', script: 'id' }])
      expect(await call(args)).toMatchObject({ isError: true });
    expect(relay.calls).toEqual([]);
  });

  it('is put on record with what it asked for, and with the command', async () => {
    const args = { template: 'service-status', parameters: { service: 'nginx' } };
    await call(args);
    expect(audit.records[0]!.data).toMatchObject({ arguments: { server: 'web-1', ...args } });
    expect(audit.records[1]!.data).toMatchObject({ allowed: true, command: "env 'systemctl' 'status' '--' 'nginx'" });
  });

  it('is put on record without a command that would show what is taken out of the arguments', async () => {
    await call({ template: 'sign-in', parameters: { password: 'hunter2' } });
    expect(relay.calls[0]!.payload).toEqual({ command: "env 'door' 'hunter2'" });
    expect(audit.records).toHaveLength(2);
    expect(JSON.stringify(audit.records)).not.toContain('hunter2');
  });

  describe('for which a description has no room', () => {
    const seen = (many: CommandTemplate[]) => {
      const manifest = asCallableBy(aPrincipal({ commands: many }), aToolManifest({ name: 'run_command' }));
      expect(manifest.description.length).toBeLessThanOrEqual(2_000);
      expect(manifest.input_schema.properties['template']).toMatchObject({ enum: many.map(({ name }) => name) });
      return manifest.description;
    };
    const aCommand = (name: string, length: number): CommandTemplate => ({
      name,
      template: `echo ${'x'.repeat(length)}`,
      parameters: {},
    });

    it('sees the names of all of them', () => {
      const many = Array.from({ length: 50 }, (_, index) => aCommand(`command-${index}`, 100));
      expect(seen(many)).toMatch(/; The others are named in the schema of "template"\.$/);
    });

    it('sees those that fit, though one before them does not', () => {
      const text = seen([aCommand('first', 1), aCommand('long', 1_900), aCommand('last', 1)]);
      expect(text).toContain('[first] echo x; [last] echo x; The others');
      expect(text).not.toContain('call one');
    });
  });

  it('sees a command as it will be', () => {
    const shown = commandTemplatesSchema.parse([{ name: 'it', template: "awk '{{print}}' /etc/passwd" }]);
    const manifest = asCallableBy(aPrincipal({ commands: shown }), aToolManifest({ name: 'run_command' }));
    expect(manifest.description).toContain("[it] awk '{print}' /etc/passwd;");
  });
});

describe('a caller without approved commands', () => {
  it('sees the tool as it is, and other tools are as they are for both', () => {
    const tool = aToolManifest({ name: 'run_command' });
    const other = aToolManifest({ name: 'get_logs' });
    expect(asCallableBy(aPrincipal(), tool)).toBe(tool);
    expect(asCallableBy(aPrincipal({ commands }), other)).toBe(other);
  });
});
