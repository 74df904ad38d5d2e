import type { ExecutorStatus } from '@servonaut/contracts';
import type { Status } from '../services/status-service.ts';
import { errorJson } from './render-error.ts';
import { plainText, table } from './plain-text.ts';
import { pauseFacts, pauseText } from './render-pause.ts';

/** A coordinator that could not be asked is left out: the error is rendered where all errors are. */
export function renderStatus({ local, coordinator }: Status): string {
  const running = local.pid === null ? 'not running' : `running, pid ${local.pid}`;
  const here = table([
    ['Profile', local.profile],
    ['Coordinator', local.url],
    ['User', plainText(local.user)],
    ['Here', running],
    ...(local.paused ? [['Paused', `${pauseText(local.paused)}; "servonaut resume" ends it`]] : []),
  ]);
  return 'error' in coordinator ? here : `${here}\n${renderExecutors(coordinator, local.executor_id)}`;
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

export function statusJson({ local: { paused, ...known }, coordinator }: Status): object {
  const local = { ...known, paused: pauseFacts(paused) };
  return 'error' in coordinator
    ? { local, coordinator: null, ...errorJson(coordinator.error) }
    : { local, coordinator };
}
