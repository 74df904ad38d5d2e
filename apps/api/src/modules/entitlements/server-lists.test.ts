import { describe, expect, it } from '@jest/globals';
import { reachesServer } from '@servonaut/contracts';
import fc from 'fast-check';
import type { Principal } from '../auth/index.ts';
import { isOnList, listsOnTheWire, serverLists } from './server-lists.ts';
import { levelsArbitrary, wantedArbitrary } from './testing/arbitrary-levels.ts';

const rules = { '*': { servers: ['web-*'] }, run_command: { servers: ['alice/*', '*-1'] } };
const CALLER: Pick<Principal, 'userId' | 'servers' | 'levels'> = {
  userId: '42',
  servers: ['web-1', 'alice/web-*', '*/db-1'],
  levels: [
    { kind: 'plan', id: '42', label: 'free', rules },
    { kind: 'delegation', id: 'd-1', label: 'alice', rules: { '*': { servers: ['web-2'] } } },
    { kind: 'plan', id: '7', label: 'team', rules: { '*': { servers: ['web-*', 'db-*'] } } },
  ],
};

describe('the lists of servers that go to an executor', () => {
  it('are those of the token and of each rule for the tool', () => {
    expect(listsOnTheWire({ ...CALLER, levels: CALLER.levels.slice(0, 1) }, 'run_command', null)).toEqual({
      servers: ['web-1', 'alice/web-*', '*/db-1'],
      within: [['web-*'], ['alice/*', '*-1']],
    });
    expect(listsOnTheWire({ ...CALLER, servers: null, levels: [] }, 'run_command', null)).toEqual({});
  });

  it("are, for somebody else's, what their owner would write", () => {
    expect(listsOnTheWire(CALLER, 'run_command', 'alice')).toEqual({
      servers: ['web-*', 'db-1'],
      within: [[], ['*'], ['web-2'], ['web-*', 'db-*']],
    });
  });

  it('let through exactly what the coordinator does, of servers that are told', () => {
    const labels = fc.constantFrom({ role: 'web' }, { role: 'db' });
    const servers = fc.option(fc.subarray(['web-1', 'alice/*', 'label:role=web']), { nil: null });
    fc.assert(
      fc.property(levelsArbitrary, servers, wantedArbitrary, labels, (levels, own, { tool, server }, told) => {
        if (!server) return;
        const principal = { userId: '42', servers: own, levels };
        const allowed = serverLists(principal, tool).every((list) => isOnList(list, { ...server, labels: [told] }));
        const lists = listsOnTheWire(principal, tool, server.owner);
        expect(reachesServer(lists, { name: server.name, labels: told })).toBe(allowed);
      }),
      { numRuns: 2_000 },
    );
  });
});
