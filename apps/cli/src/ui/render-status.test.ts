import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { leftOut } from '../services/plugins/left-out.ts';
import type { Status } from '../services/status-service.ts';
import { renderStatus, statusJson } from './render-status.ts';

const status: Status = {
  local: {
    profile: 'prod',
    url: 'https://c.example',
    user: 'ada',
    pid: null,
    executor_id: null,
    activity: null,
    paused: undefined,
    left_out: [leftOut('@acme/hello', new Error('no\n\u001b[2Jway'))],
  },
  coordinator: { error: new ServonautError('coordinator_unreachable') },
};

describe('status', () => {
  it('says which plugin is left out, why, and what to do, without a line of its author', () => {
    expect(renderStatus(status).split('\n').slice(4)).toEqual([
      'Plugin       The plugin @acme/hello is left out: It cannot be loaded: no \ufffd[2Jway. Install a version of it that can be loaded, or run "servonaut plugins revoke @acme/hello".',
      '',
    ]);
  });

  it('says the same to programs', () => {
    expect(statusJson(status)).toMatchObject({
      local: {
        left_out: [
          {
            plugin: '@acme/hello',
            message: expect.stringMatching(/^The plugin @acme\/hello is left out: /),
            next_step: expect.stringContaining('"servonaut plugins revoke @acme/hello"'),
          },
        ],
      },
    });
  });
});
