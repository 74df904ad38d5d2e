/** Plays a scene of the live view of `connect` on this terminal, and stays until it is ended: to be looked at, and photographed by a test. */
import { ServonautError } from '@servonaut/contracts';
import { RelayActivity } from '../../relay/relay-activity.ts';
import type { RelayEvent, ShownRequest } from '../../relay/relay-event.ts';
import type { ShownApproval } from '../../approval/shown-approval.ts';
import { APPROVAL_HINT, renderApproval } from '../render-approval.ts';
import { LiveView, TERMINAL } from '../live-view.ts';

const FACTS = { user: 'ada', profile: 'prod', url: 'https://servonaut.example.com', servers: 12, tools: 31 };
const NOON = new Date(2026, 10, 24, 12, 0, 0).getTime();
const LONG = `web-${'a-very-long-name-'.repeat(3)}1.eu-central`;

const clock = { now: NOON };
let activity: RelayActivity;
let view: LiveView | undefined;
/** What a scene writes, until it is whole. */
let written = '';

function show(event: RelayEvent, afterSeconds = 0): void {
  clock.now += afterSeconds * 1_000;
  activity.take(event);
  view?.show(event);
}

function request(requestId: string, tool: string, server: string | null, principal = 'ci-bot'): ShownRequest {
  return { requestId, tool, server, principal };
}

function finished(one: ShownRequest, status: 'success' | 'error' | 'timeout', exitCode: number | null): RelayEvent {
  const errorCode = status === 'timeout' ? 'timed_out' : undefined;
  return { event: 'request_finished', request: one, status, exitCode, errorCode, durationMs: 1_234 };
}

function idle(): void {
  show({ event: 'connecting' });
  show({ event: 'connected' }, 1);
  show(finished(request('0', 'get_server_info', 'web-1'), 'success', 0), 5);
  show(finished(request('1', 'run_command', 'db-1', 'ada'), 'error', 3), 5);
  show(finished(request('2', 'get_logs', 'web-2'), 'timeout', null), 5);
  show({ event: 'request_refused', requestId: '0197a1c3', error: new ServonautError('request_expired') }, 5);
}

function busy(): void {
  idle();
  const tools = [
    'run_command',
    'get_logs',
    'check_status',
    'disk_usage',
    'start_job',
    'transfer_file',
    'read_file',
    'fleet_health',
  ];
  tools.forEach((tool, at) =>
    show({ event: 'request_started', request: request(`r${at}`, tool, `web-${at + 1}`) }, 17),
  );
}

const APPROVAL: ShownApproval = {
  hash: 'h',
  tool: 'service_control',
  servers: ['web-1'],
  arguments: { service: 'nginx', action: 'restart' },
  principal: { kind: 'credential', id: 'c_1', label: 'ci-bot' },
  class: 'privileged',
  rule: 'level standard of web-1',
  message: 'The level of web-1 is standard.',
  commands: [{ class: 'privileged', text: 'systemctl restart nginx', reason: 'changes services' }],
  until: NOON + 270_000,
};

function asking(): void {
  busy();
  show({ event: 'request_waiting', request: request('w', 'service_control', 'web-1'), until: APPROVAL.until }, 2);
  view?.ask({ text: renderApproval(APPROVAL, process.stdout.columns), hint: APPROVAL_HINT });
}

function long(): void {
  idle();
  show({
    event: 'request_started',
    request: request('l', 'cloud_instance_control', LONG, 'nightly-maintenance-of-all-clusters-in-every-region'),
  });
  show({ event: 'warning', message: `The server ${LONG} has ${'no '.repeat(40)}disk left.` }, 61);
}

function cut(): void {
  idle();
  show({ event: 'waiting', retryInMs: 8_000, reason: 'The coordinator could not be reached.' }, 3);
  show({ event: 'paused', pause: { since: '2026-11-24T11:00:00.000Z', reason: 'the disk is being moved' } }, 3);
}

const SCENES: Readonly<Record<string, () => void>> = { i: idle, b: busy, a: asking, l: long, c: cut };

/** Each key plays the scene that begins with it; any other empties the screen. */
function play(key: string): void {
  view?.close();
  view = undefined;
  written = '\u001B[2J\u001B[H';
  clock.now = NOON;
  activity = new RelayActivity(() => clock.now);
  let isWhole = false;
  const write = (text: string): void => {
    if (isWhole) TERMINAL.write(text);
    else written += text;
  };
  const screen = Object.create(TERMINAL, { write: { value: write } }) as typeof TERMINAL;
  const scene = SCENES[key];
  if (scene) {
    view = new LiveView(FACTS, activity, screen, () => clock.now);
    scene();
  }
  process.stdout.write(scene ? written : `${written}EMPTY ${process.stdout.columns}`);
  isWhole = true;
}

process.stdout.on('resize', () => view ?? play(''));
process.stdin.setRawMode(true);
process.stdin.setEncoding('utf8').on('data', (keys: string) => [...keys].forEach(play));
play('');
