import { expect, it } from '@jest/globals';
import { isHubOf } from './hub-url.ts';

it.each<[coordinator: string, hub: string, is: boolean]>([
  ['https://c.example', 'https://c.example/.well-known/mercure', true],
  ['https://c.example', 'https://hub.example:8443/.well-known/mercure', true],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:4000/.well-known/mercure', true],
  ['http://127.0.0.1:3000', 'https://hub.example/.well-known/mercure', true],
  ['https://c.example', 'http://169.254.169.254/latest/meta-data/', false],
  ['https://c.example', 'http://c.example/.well-known/mercure', false],
  ['http://127.0.0.1:3000', 'data:text/event-stream,data: x', false],
  ['http://127.0.0.1:3000', 'file:///etc/passwd', false],
  ['https://c.example', 'https://user:word@hub.example/', false],
])('the coordinator %s may send its executors to the hub %s: %s', (coordinator, hub, is) => {
  expect(isHubOf(coordinator, hub)).toBe(is);
});
