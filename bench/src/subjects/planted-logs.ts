import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What happens on one server of ten once, each of another kind: a fault, a break-in, and what differs from the usual by one word. */
export const ANOMALIES = [
  'ERROR storage: checksum mismatch in segment 8841, refusing to mount /srv/data',
  'WARN auth: sudo session opened for user nobody by uid 1042 from 203.0.113.77',
  'INFO orders: payment refused for order 77120 of shop 12',
] as const;

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin'];
const TABLES = ['orders', 'customers', 'invoices', 'stock'];

/** Lines as a web application writes them, the same on every run. `pick(n)` gives less than n. */
const KINDS: readonly ((pick: (below: number) => number) => string)[] = [
  (pick) => `INFO  http: GET /api/orders/${pick(99_999)} 200 ${pick(300)}ms client=10.0.${pick(256)}.${pick(256)}`,
  (pick) => `INFO  http: POST /api/orders 201 ${pick(400)}ms client=10.0.${pick(256)}.${pick(256)}`,
  (pick) => `INFO  orders: payment accepted for order ${pick(99_999)} of shop ${pick(40)}`,
  (pick) => `INFO  auth: session opened for user ${USERS[pick(USERS.length)]} from 10.0.${pick(256)}.${pick(256)}`,
  (pick) => `DEBUG cache: hit for key user:${pick(9_999).toString(16)} aged ${pick(100)}s`,
  (pick) => `DEBUG cache: miss for key user:${pick(9_999).toString(16)}`,
  (pick) => `WARN  db: slow query took ${pick(5_000)} ms on table ${TABLES[pick(TABLES.length)]}`,
  () => `INFO  jobs: ${randomUUID()} finished`,
  (pick) => `WARN  http: client 10.0.${pick(256)}.${pick(256)} closed the connection after ${pick(900)} bytes`,
];

/**
 * A log for each server, at `FOLDER/SERVER/app.log`.
 * @returns the folder
 */
export function plantLogs(folder: string, servers: readonly string[], lines: number): string {
  // The user of the servers may be another than who runs the bench.
  chmodSync(folder, 0o755);
  for (const [at, server] of servers.entries()) {
    mkdirSync(join(folder, server), { recursive: true });
    writeFileSync(join(folder, server, 'app.log'), logOf(at, lines));
  }
  return folder;
}

function logOf(server: number, lines: number): string {
  const pick = picker(server + 1);
  const start = Date.parse('2026-11-22T10:00:00Z');
  const all = Array.from({ length: lines }, (_, at) => {
    const kind = KINDS[pick(KINDS.length)] as (typeof KINDS)[number];
    return `${new Date(start + at * 100).toISOString()} ${kind(pick)}`;
  });
  // On every third server, somewhere in the middle.
  const anomaly = server % 3 === 0 ? ANOMALIES[server / 3] : undefined;
  const at = Math.floor(lines * 0.6) + server;
  if (anomaly) all[at] = `${new Date(start + at * 100).toISOString()} ${anomaly}`;
  return `${all.join('\n')}\n`;
}

/** Numbers without a pattern that are the same on every run (a linear congruential generator). */
function picker(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}
