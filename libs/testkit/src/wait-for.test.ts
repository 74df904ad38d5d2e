import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

describe('waitFor', () => {
  it('resolves with the first truthy value', async () => {
    let count = 0;
    expect(await waitFor(() => (count += 1) > 2 && count, { what: 'three' })).toBe(3);
  });

  it('names what it waited for, and keeps the last error of the condition as the cause', async () => {
    const condition = (): boolean => {
      throw new Error('not yet');
    };
    await expect(waitFor(condition, { what: 'Godot', timeoutMs: 20 })).rejects.toMatchObject({
      message: 'waited 20 ms for Godot',
      cause: new Error('not yet'),
    });
  });
});

it('freePort gives a port on which a server can listen', async () => {
  const server = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
  expect(port).toBeLessThan(32_768);
});
