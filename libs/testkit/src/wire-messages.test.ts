import { describe, expect, it } from '@jest/globals';
import {
  aCommandRequest,
  aCommandResult,
  aLegacyCommandResult,
  anExecutorRegistration,
  anExecutorToRegister,
  aToolManifest,
} from './wire-messages.ts';

describe('message builders', () => {
  it('make messages that the contracts accept, with what the test gives', () => {
    expect(aCommandRequest({ type: 'get_logs' })).toMatchObject({ type: 'get_logs', user_id: '42' });
    expect(aCommandResult({ exit_code: 3, status: 'error' })).toMatchObject({
      exit_code: 3,
      status: 'error',
      stdout: 'ok\n',
    });
    expect(anExecutorRegistration({ user_id: '7' }).topic).toBe('/cli/7/commands');
    expect(anExecutorToRegister().manifest.tools).toEqual([aToolManifest()]);
  });

  it('make a result of exactly five fields for an older executor', () => {
    expect(Object.keys(aLegacyCommandResult())).toHaveLength(5);
  });

  it('refuse what the contracts refuse', () => {
    expect(() => aCommandRequest({ ttl_seconds: 0 })).toThrow();
  });
});
