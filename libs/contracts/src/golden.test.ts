import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import {
  commandAckSchema,
  commandProgressSchema,
  commandRequestSchema,
  commandResultSchema,
  executorRegistrationSchema,
  fromProblem,
  heartbeatSchema,
  legacyHeartbeatSchema,
  problemSchema,
  registerExecutorSchema,
  toolAnswerSchema,
} from './index.ts';

const protocolFolder = new URL('../../../docs/protocol/', import.meta.url);
const goldenText = (name: string): string => readFileSync(new URL(`golden/${name}.json`, protocolFolder), 'utf8');
const golden = (name: string): Record<string, unknown> => JSON.parse(goldenText(name)) as Record<string, unknown>;

const SCHEMAS: Record<string, z.ZodType> = {
  'cancel-request': commandRequestSchema,
  'command-ack': commandAckSchema,
  'command-ack-awaiting-approval': commandAckSchema,
  'command-progress': commandProgressSchema,
  'command-request-base': commandRequestSchema,
  'command-request-encrypted': commandRequestSchema,
  'command-request-sealed': commandRequestSchema,
  'command-result': commandResultSchema,
  'command-result-base': commandResultSchema,
  'command-result-rejected': commandResultSchema,
  'executor-registration': executorRegistrationSchema,
  heartbeat: heartbeatSchema,
  'heartbeat-legacy': legacyHeartbeatSchema,
  problem: problemSchema,
  'register-executor': registerExecutorSchema,
  'tool-answer': toolAnswerSchema,
};

describe('the golden messages of docs/protocol', () => {
  it('are all covered here', () => {
    const files = readdirSync(new URL('golden/', protocolFolder)).map((file) => file.replace(/\.json$/, ''));
    expect(files.filter((file) => file !== 'keys').sort()).toEqual(Object.keys(SCHEMAS).sort());
  });

  const ours = Object.entries(SCHEMAS).filter(([name]) => name !== 'heartbeat-legacy');

  it.each(ours)('%s parses, and nothing of it is lost', (name, schema) => {
    expect(schema.parse(golden(name))).toMatchObject(golden(name));
  });

  it.each(Object.keys(SCHEMAS))('%s is quoted by docs/protocol/relay.md as it stands', (name) => {
    expect(readFileSync(new URL('relay.md', protocolFolder), 'utf8')).toContain(
      `\`\`\`json\n${goldenText(name)}\`\`\``,
    );
  });

  it('take what matters from an older handshake, and leave the rest', () => {
    expect(legacyHeartbeatSchema.parse(golden('heartbeat-legacy'))).toEqual({
      type: 'cli.handshake',
      client_id: 'laptop-7f3a',
      version: '1.4.2',
    });
  });

  it('give back the error that a problem describes', () => {
    expect(fromProblem(golden('problem'))).toMatchObject({
      code: 'executor_offline',
      retryable: true,
      facts: { profile: 'prod' },
    });
  });

  it('are accepted with fields from the future', () => {
    const request = commandRequestSchema.parse({
      ...golden('command-request-base'),
      invented_later: { by: 'somebody' },
    });
    expect(request).toEqual(golden('command-request-base'));
  });
});
