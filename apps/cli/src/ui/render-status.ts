import type { ExecutorStatus } from '@servonaut/contracts';
import type { Activity } from '../relay/relay-activity.ts';
import { leftOutText } from '../services/plugins/left-out.ts';
import type { Status } from '../services/status-service.ts';
import { errorJson } from './render-error.ts';
import { plainText, table } from './plain-text.ts';
import { connectionRow, countsText, duration, requestText } from './render-activity.ts';
import { pauseFacts, pauseText } from './render-pause.ts';

/** A coordinator that could not be asked is left out: the error is rendered where all errors are. */
export function renderStatus({ local, coordinator }: Status): string {
  const running = local.pid === null ? 'not running' : `running, pid ${local.pid}`;
  const here = table([
    ['Profile', local.profile],
    ['Coordinator', local.url],
    ['User', plainText(local.user)],
    ['Here', running],
    ...(local.activity ? activityRows(local.activity) : []),
    ...local.left_out.map((plugin) => ['Plugin', plainText(leftOutText(plugin))]),
    ...(local.paused ? [['Paused', `${pauseText(local.paused)}; "servonaut resume" ends it`]] : []),
  ]);
  return 'error' in coordinator ? here : `${here}\n${renderExecutors(coordinator, local.executor_id)}`;
}

/** As the panel of `connect` says it, all of it. */
function activityRows(activity: Activity, now = Date.now()): string[][] {
  const asking = activity.asking.map(({ request, until }) => ['Waits', requestText(request), until - now] as const);
  const running = activity.running.map(({ request, since }) => ['Runs', requestText(request), now - since] as const);
  return [
    ['Connection', connectionRow(activity).text],
    ['Requests', countsText(activity)],
    ...[...asking, ...running].map(([what, text, ms]) => [
      what,
      `${text}, ${duration(Math.max(0, ms))}${what === 'Waits' ? ' left' : ''}`,
    ]),
  ];
}

function renderExecutors({ executors }: ExecutorStatus, own: string | null): string {
  if (executors.length === 0)
    return 'The coordinator knows no executor of yours. Start one with "servonaut connect".\n';
  const rows = executors.map((executor) => [
    executor.profile + (executor.executor_id === own ? ' (this one)' : ''),
    executor.state,
    executor.last_seen_at,
    String(executor.servers),
    String(executor.tools),
    String(executor.running),
    plainText(executor.version),
  ]);
  return table([['EXECUTOR', 'STATE', 'LAST SEEN', 'SERVERS', 'TOOLS', 'RUNNING', 'VERSION'], ...rows]);
}

export function statusJson({ local: { paused, activity, left_out, ...known }, coordinator }: Status): object {
  const local = {
    ...known,
    activity: activity && activityJson(activity),
    paused: pauseFacts(paused),
    left_out: left_out.map(({ name, fault }) => ({ plugin: name, message: fault.message, next_step: fault.nextStep })),
  };
  return 'error' in coordinator
    ? { local, coordinator: null, ...errorJson(coordinator.error) }
    : { local, coordinator };
}

function activityJson({ connection, since, running, asking, ended }: Activity): object {
  const at = (ms: number): string => new Date(ms).toISOString();
  const asked = ({ requestId, ...request }: Activity['running'][number]['request']) => ({
    request_id: requestId,
    ...request,
  });
  return {
    connection,
    since: at(since),
    running: running.map((one) => ({ ...asked(one.request), since: at(one.since) })),
    waiting: asking.map((one) => ({ ...asked(one.request), expires_at: at(one.until) })),
    ended,
  };
}
