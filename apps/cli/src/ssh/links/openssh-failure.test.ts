import { describe, expect, it } from '@jest/globals';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import { opensshFailure } from './openssh-failure.ts';

const CLOSED =
  'kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n';
const CHANGED = 'WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.\n';
const jumps = [anSshTarget({ inventoryName: 'bastion' }), anSshTarget({})];

describe('what ssh says', () => {
  it.each<[string, string, string[], string, string]>([
    ['is of the server', CHANGED, ['', ''], 'host_key_changed', 'The host key of web-1 is not the one on record.'],
    [
      'is of the first jump host',
      CLOSED,
      [CHANGED, CLOSED],
      'host_key_changed',
      'On the way to web-1: The host key of bastion is not the one on record.',
    ],
    [
      'is of the second one, whatever the first one said before it let us through',
      CLOSED,
      ['Load key "id": Permission denied\n', CHANGED],
      'host_key_changed',
      'On the way to web-1: The host key of its jump host is not the one on record.',
    ],
    [
      'is of the second one when the first one cannot connect to it',
      CLOSED,
      ['channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n', CLOSED],
      'server_unreachable',
      'On the way to web-1: its jump host could not be reached: its jump host could not connect to it.',
    ],
    [
      'is of the server when it is not known of whom',
      'Connection timed out during banner exchange\nConnection to UNKNOWN port 65535 timed out\n',
      ['', ''],
      'connect_timeout',
      'web-1 did not answer in time.',
    ],
  ])('%s', (_, complaint, hops, code, message) => {
    expect(opensshFailure('web-1', { jumps }, { complaint, hops, status: 255 })).toMatchObject({ code, message });
  });

  it('of a server without jump hosts is taken as it is', () => {
    const complaint = 'kex_exchange_identification: read: Connection reset by peer\n';
    expect(opensshFailure('web-1', { jumps: [] }, { complaint, hops: [], status: 255 })).toMatchObject({
      message: 'web-1 could not be reached: the connection was reset.',
    });
  });
});
