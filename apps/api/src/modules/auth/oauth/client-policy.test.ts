import { describe, expect, it } from '@jest/globals';
import { OAUTH_CLI_CLIENT_ID } from '@servonaut/contracts';
import { CLI_CLIENT_NAME } from './client-facts.ts';
import { clientPolicy } from './client-policy.ts';
import { DEVICE_GRANT } from './testing/oauth-client.ts';

const AGENT = { client_name: 'An agent', redirect_uris: ['http://localhost/callback'] };
const OURS = {
  client_id: OAUTH_CLI_CLIENT_ID,
  client_name: CLI_CLIENT_NAME,
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  redirect_uris: [],
  response_types: [],
};

function kept(metadata: Record<string, unknown>): Record<string, unknown> {
  clientPolicy(metadata);
  return metadata;
}

describe('the rule for clients', () => {
  it.each([
    ['one that says the least', { redirect_uris: ['http://127.0.0.1/cb'] }],
    ['an agent', AGENT],
    [
      'an editor',
      { ...AGENT, redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'https://vscode.dev/redirect'] },
    ],
    ['one with a secret', { ...AGENT, token_endpoint_auth_method: 'client_secret_basic', client_secret: 's' }],
    ['ours', OURS],
  ])('takes %s', (_, metadata) => {
    const before = structuredClone(metadata);
    expect(kept(metadata)).toEqual(before);
  });

  it('leaves scopes to the user', () => {
    expect(kept({ ...AGENT, scope: 'mcp:tools admin' })).toEqual(AGENT);
  });

  it('gives a public client no secret', () => {
    const made = { client_secret: 's', client_secret_expires_at: 0 };
    const agent = { ...AGENT, token_endpoint_auth_method: 'none' };
    expect(kept({ ...agent, ...made })).toEqual(agent);
  });

  it.each([
    'Claude Code (servers)',
    'Агент Claude',
    'Claudeエージェント',
    'Помощник',
    '서버 도우미',
    'Assistant déjà vu',
    'Servo Tuner',
    'Claude Code (servonaut)',
    'Claude Code (plugin:ops:servonaut-prod)',
  ])('takes the name %s', (client_name) => {
    expect(kept({ client_name, redirect_uris: AGENT.redirect_uris })).toMatchObject({ client_name });
  });

  it.each([
    'Servonaut command line',
    'servonaut',
    'The SERVONAUT app',
    'Servonaut (servonaut)',
    'Agent (Servonaut command line)',
    'Agent (sеrvonaut)',
    'S e r v o - n a u t',
    'Sérvónaut',
    'Ｓｅｒｖｏｎａｕｔ',
    '𝐒𝐞𝐫𝐯𝐨𝐧𝐚𝐮𝐭',
    '5ervonaut',
    'Serv0naut',
    'ꜱᴇʀᴠᴏɴᴀᴜᴛ',
    'Ѕегѵопаит',
    'Sеrvonaut',
    'Servoոaut',
    'Clаude',
  ])('refuses the name %s to others, in whatever letters', (client_name) => {
    for (const id of [{}, { client_id: 'dcr_1' }, { client_id: 'https://agent.example/client' }])
      expect(() => clientPolicy({ ...AGENT, ...id, client_name })).toThrow(
        expect.objectContaining({ error: 'invalid_client_metadata', status: 400 }),
      );
  });

  it('keeps the device grant for the command line, and gives others what else they asked for', () => {
    const asked = { grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT] };
    expect(kept({ ...AGENT, ...asked })).toEqual({ ...AGENT, grant_types: ['authorization_code', 'refresh_token'] });
    expect(kept({ ...OURS, ...asked })).toEqual({ ...OURS, ...asked });
  });

  it.each([
    ['http://agent.example/cb'],
    ['http://192.168.1.1/cb'],
    ['https://vscode.dev@evil.example/cb'],
    ['https://agent.example/cb#x'],
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['unknown://agent/cb'],
  ])('refuses to send anybody to %s', (uri) => {
    expect(() => clientPolicy({ ...AGENT, redirect_uris: ['http://localhost/', uri] })).toThrow(
      expect.objectContaining({ error: 'invalid_redirect_uri', status: 400 }),
    );
  });

  it.each([
    ['ends a session somewhere else', { post_logout_redirect_uris: ['http://agent.example/'] }],
    ['has its keys fetched', { jwks_uri: 'https://agent.example/keys' }],
    ['has its addresses fetched', { sector_identifier_uri: 'https://agent.example/addresses' }],
    ['wants a grant that is not given', { grant_types: ['implicit'] }],
    ['wants only the device grant', { grant_types: [DEVICE_GRANT], response_types: [] }],
    ['has a name too long', { client_name: 'x'.repeat(101) }],
    ['has a name that is written backwards', { client_name: '\u202eedualC' }],
    ['has a name of two lines', { client_name: 'Claude\nverified' }],
    ['is too large', { contacts: Array.from({ length: 1_000 }, () => 'somebody@agent.example') }],
    ['says a text for a list', { grant_types: 'authorization_code' }],
    ['says a number for a name', { client_name: 7 }],
  ])('refuses one that %s', (_, metadata) => {
    expect(() => clientPolicy({ ...AGENT, ...metadata })).toThrow(
      expect.objectContaining({ error: 'invalid_client_metadata', status: 400 }),
    );
  });

  it.each([
    ['text', 'http://localhost/'],
    ['nothing', null],
    ['numbers', [7]],
    ['too many', Array.from({ length: 11 }, (_, at) => `http://localhost/${at}`)],
  ])('refuses %s for redirect addresses', (_, uris) => {
    expect(() => clientPolicy({ ...AGENT, redirect_uris: uris })).toThrow(
      expect.objectContaining({ error: 'invalid_redirect_uri' }),
    );
  });

  it('does not repeat what it refuses', () => {
    expect(() => clientPolicy({ ...AGENT, redirect_uris: ['javascript:hostile'] })).toThrow(
      expect.objectContaining({ error_description: expect.not.stringContaining('hostile') }),
    );
  });
});
