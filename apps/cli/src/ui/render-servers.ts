import { ageText } from '../inventory/sources/age-text.ts';
import type { ServerList } from '../services/server-list.ts';
import { operatorStep } from '../services/operator-step.ts';
import type { ServerTest } from '../services/server-test.ts';
import { plainText, table } from './plain-text.ts';
import { errorJson } from './render-error.ts';

function labelText(labels: Readonly<Record<string, string>>): string {
  return plainText(
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  );
}

export function renderServers({ servers }: ServerList): string {
  if (servers.length === 0)
    return 'No servers. Name some in ~/.ssh/config, or in servers.yaml in the folder of the profile.\n';
  return table([
    ['SERVER', 'SOURCE', 'AGE', 'LABELS'],
    ...servers.map(({ name, source, labels, listedAt }) => [
      name,
      source,
      listedAt ? ageText(listedAt) : '-',
      labelText(labels),
    ]),
  ]);
}

export function renderServerFaults({ faults }: ServerList): string {
  return faults.map((fault) => `Warning: ${plainText(fault)}\n`).join('');
}

/** The shape is in docs/executor.md, section "Servers". */
export function serversJson({ servers, sources, faults }: ServerList): object {
  return {
    servers: servers.map(({ name, source, labels, listedAt = null }) => ({
      name,
      source,
      labels,
      listed_at: listedAt,
    })),
    sources: sources.map(({ name, kind, listedAt, failure, servers: found }) => ({
      name,
      kind,
      listed_at: listedAt,
      servers: found.size,
      failure,
    })),
    warnings: faults,
  };
}

const shown = (milliseconds: number | null) => (milliseconds === null ? '-' : `${milliseconds.toFixed(1)} ms`);

/** What is private, such as which key file is meant, may be shown here: the reader is the operator. */
function renderFailure({ name, error }: ServerTest): string {
  if (!error) return '';
  const detail = error.detail === undefined ? '' : `  ${plainText(error.detail.trim())}\n`;
  return `\n${name}: ${plainText(error.message)}\n${detail}  ${operatorStep(error)}\n`;
}

/** A weakness that the operator has asked for is not forgotten. */
function renderLegacy({ name, legacy }: ServerTest): string {
  if (legacy.length === 0) return '';
  return `\n${name}: the SSH configuration allows algorithms that are considered safe no more: ${legacy.join(', ')}.\n`;
}

export function renderServerTests(tests: readonly ServerTest[]): string {
  const rows = tests.map(({ name, connectMs, execMs, error }) => [
    name,
    error?.code ?? 'ok',
    shown(connectMs),
    shown(execMs),
  ]);
  return (
    table([['SERVER', 'RESULT', 'CONNECT', 'COMMAND'], ...rows]) +
    tests.map(renderFailure).join('') +
    tests.map(renderLegacy).join('')
  );
}

export function serverTestsJson(tests: readonly ServerTest[]): object {
  return {
    servers: tests.map(({ name, connectMs, execMs, error, legacy }) => ({
      name,
      ok: error === null,
      connect_ms: connectMs,
      exec_ms: execMs,
      legacy_algorithms: legacy,
      ...(error && errorJson(error)),
    })),
  };
}
