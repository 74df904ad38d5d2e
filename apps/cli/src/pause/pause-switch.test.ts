import { execFileSync } from 'node:child_process';
import { mkdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { PauseFile } from './pause-file.ts';
import { PauseSwitch } from './pause-switch.ts';

let file: PauseFile;
let pause: PauseSwitch;
let changes: (string | undefined)[];

beforeEach(async () => {
  file = new PauseFile(await temporaryFolder());
  pause = new PauseSwitch(file);
  changes = [];
  pause.onChange((now) => void changes.push(now && (now.reason ?? '')));
});
afterEach(() => pause.close());

const never = () => new AbortController().signal;
/** Goes on until it is stopped; the reason. */
const stoppedBy = (outer: AbortSignal = never()): Promise<unknown> =>
  pause
    .during(
      outer,
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    )
    .catch((error: unknown) => error);

describe('a pause', () => {
  it('is in a file of the operator alone, with its date and reason, until it is resumed', async () => {
    expect(file.current()).toBeUndefined();
    const { since } = await file.pause('lunch');
    expect(new PauseFile(file.path.replace(/\/[^/]*$/, '')).current()).toEqual({ since, reason: 'lunch' });
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    await file.resume();
    expect(file.current()).toBeUndefined();
  });

  it('that holds keeps its date, and takes another reason', async () => {
    const { since } = await file.pause('lunch');
    expect(await file.pause('dinner')).toEqual({ since, reason: 'dinner' });
    expect(file.current()).toEqual({ since, reason: 'dinner' });
  });

  it('is not made with a reason that is too long', async () => {
    await expect(file.pause('x'.repeat(301))).rejects.toMatchObject({ code: 'invalid_request' });
    expect(file.current()).toBeUndefined();
  });

  it.each([
    ['an empty file', () => writeFile(file.path, '')],
    ['a file of something else', () => writeFile(file.path, '{"since":7}')],
    ['a folder', () => mkdir(file.path)],
    ['a link to nothing', () => symlink('/nonexistent/x', file.path)],
    ['a pipe', () => void execFileSync('mkfifo', [file.path])],
    ['a file of 3 GB', () => writeFile(file.path, '').then(() => truncate(file.path, 3 * 1024 ** 3))],
  ])('is what %s counts as', async (_, make) => {
    await make();
    expect(file.current()).toEqual({ since: undefined, reason: 'its state cannot be read' });
    await rm(file.path, { recursive: true });
    expect(file.current()).toBeUndefined();
  });
});

describe('what runs', () => {
  it('is stopped at once by a pause of this process, and told why', async () => {
    const stopped = stoppedBy();
    await pause.pause('lunch');
    const { since } = file.current() ?? {};
    expect(await stopped).toMatchObject({ code: 'executor_paused', facts: { reason: 'lunch', since } });
    expect(changes).toEqual(['lunch']);
  });

  it('is stopped in a moment by a pause of another process', async () => {
    const stopped = stoppedBy();
    await file.pause('lunch');
    expect(await stopped).toMatchObject({ code: 'executor_paused', message: expect.stringContaining('(lunch)') });
  });

  it('is stopped by a pause that cannot be written, which holds until it is resumed', async () => {
    await writeFile(file.path.replace(/\/[^/]*$/, '.file'), '');
    const unwritable = new PauseFile(`${file.path.replace(/\/[^/]*$/, '.file')}/state`);
    const other = new PauseSwitch(unwritable);
    await expect(other.pause('lunch')).rejects.toMatchObject({ code: 'config_invalid' });
    expect(other.current).toMatchObject({ reason: 'lunch' });
    expect(() => other.check()).toThrow('lunch');
    other.close();
  });

  it('is stopped by a pause that comes while the one before it is being ended', async () => {
    await pause.pause('lunch');
    const [resumed, paused] = [pause.resume(), pause.pause('dinner')];
    await resumed;
    expect(pause.current).toMatchObject({ reason: 'dinner' });
    await paused;
    expect(file.current()).toMatchObject({ reason: 'dinner' });
  });

  it('is stopped by its caller, with the caller’s reason, also before it began', async () => {
    const caller = new AbortController();
    const stopped = stoppedBy(caller.signal);
    const reason = new ServonautError('request_cancelled');
    caller.abort(reason);
    expect(await stopped).toBe(reason);
    await expect(pause.during(caller.signal, (signal) => Promise.resolve(signal.throwIfAborted()))).rejects.toBe(
      reason,
    );
  });

  it('does not begin while paused, and begins again once resumed', async () => {
    await file.pause();
    const begin = () => pause.during(never(), () => Promise.resolve('begun'));
    await expect(begin()).rejects.toMatchObject({ code: 'executor_paused' });
    await pause.resume();
    expect(await begin()).toBe('begun');
    expect(changes).toEqual(['', undefined]);
  });

  it('is told of a resume by another process', async () => {
    await pause.pause();
    await file.resume();
    await waitFor(() => changes.length === 2, { what: 'the news' });
    expect(changes).toEqual(['', undefined]);
  });
});
