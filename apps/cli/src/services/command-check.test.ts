import { describe, expect, it } from '@jest/globals';
import { detached, inFolder, rawShell, type AnyTool } from '@servonaut/plugin-sdk';
import type { CalledCommand } from '../policy/policy.ts';
import { DEFAULT_POLICY } from '../policy/default-policy.ts';
import { StandingPolicy } from '../policy/standing-policy.ts';
import type { AskedCall } from './asked-call.ts';
import { CommandCheck } from './command-check.ts';

const policy = new StandingPolicy(DEFAULT_POLICY);
const JOB = { id: '0123456789abcdef'.repeat(2), owner: 'a'.repeat(64), name: 'backup', keepHours: 24, mostRunning: 10 };
const DECIDED = { text: 'make all', sudo: false, directory: '/srv', detached: true };
const PLACED = inFolder(rawShell(DECIDED.text), DECIDED.directory);
const LAUNCHED = detached(PLACED, JOB).text;

const passes = (text: string, command: CalledCommand = DECIDED, sudo = false): boolean => {
  const decision = { class: 'mutating' } as AskedCall['decision'];
  const asked = { tool: { name: 'start_job' } as AnyTool, commands: [command], decision } as unknown as AskedCall;
  try {
    new CommandCheck(policy).check(text, sudo, asked);
    return true;
  } catch {
    return false;
  }
};

describe('a command that goes on after its call', () => {
  it('passes in the launcher, whatever the job is called', () => {
    expect(passes(LAUNCHED)).toBe(true);
    expect(passes(detached(PLACED, { ...JOB, owner: undefined, name: '', keepHours: 720 }).text)).toBe(true);
  });

  it.each([
    ['another command', detached(inFolder(rawShell('make none'), '/srv'), JOB).text],
    ['another folder', detached(inFolder(rawShell('make all'), '/tmp'), JOB).text],
    ['more behind it', `${LAUNCHED}\nid`],
    ['more before it', `id\n${LAUNCHED}`],
    ['another launcher', LAUNCHED.replace('setsid -f "$@"', 'setsid -f id "$@"')],
    ['another runner', LAUNCHED.replace('trap :', 'id; trap :')],
    ['a header that runs something', LAUNCHED.replace('name=backup', 'name=$(id)')],
    ['a header with another line', LAUNCHED.replace('name=backup', 'name=backup\nid #')],
    ['an id that leads elsewhere', LAUNCHED.replace(JOB.id, '../../../../../../../../../../tmp')],
    ['a digest of something else', LAUNCHED.replace(/digest=./, 'digest=g')],
  ])('does not pass with %s', (_what, text) => {
    expect(text).not.toBe(LAUNCHED);
    expect(passes(text)).toBe(false);
  });

  it('does not pass as root, nor where the call was said to end', () => {
    expect(passes(LAUNCHED, DECIDED, true)).toBe(false);
    expect(passes(LAUNCHED, { text: 'make all', sudo: false, directory: '/srv' })).toBe(false);
  });

  it.each([{ name: 'x y' }, { id: 'x' }, { owner: 'bob' }, { keepHours: 0.5 }, { mostRunning: 0 }])(
    'is not made of %j',
    (fault) => {
      expect(() => detached(PLACED, { ...JOB, ...fault })).toThrow(expect.objectContaining({ code: 'tool_failed' }));
    },
  );

  it('is mutating at least', () => {
    const commands = [{ text: 'ls', sudo: false, directory: undefined, detached: true }];
    const asked = { tool: 'start_job', effect: 'privileged', server: null, input: {}, principal: undefined } as const;
    expect(policy.decide({ ...asked, commands, now: new Date() }).class).toBe('mutating');
  });
});
