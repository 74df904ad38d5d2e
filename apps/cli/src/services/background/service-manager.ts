import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ServonautError } from '@servonaut/contracts';
import type { BackgroundPlan } from './background-plan.ts';

/** Milliseconds that one order to the service manager may take: it waits for what it stops. */
const PATIENCE_MS = 120_000;

/** What keeps the processes of the operator running here. All of it is about one profile. */
export interface ServiceManager {
  /** What it goes by there. */
  readonly service: string;
  /** Where its description is. */
  readonly file: string;
  /** To look at it, and at what it says. */
  readonly commands: readonly string[];
  /** What the file has to say; also where there is no such manager. */
  text(plan: BackgroundPlan): Promise<string>;
  /** @throws ServonautError `unavailable`, with what to do instead */
  check(): Promise<void>;
  /** Starts it as the file has it, now and from now on. @throws ServonautError `unavailable` */
  start(): Promise<void>;
  /** Ends it, before its file is removed. @throws ServonautError `unavailable` */
  stop(): Promise<void>;
  /** After its file was removed. @throws ServonautError `unavailable` */
  forget(): Promise<void>;
  /** What it needs the operator to know. */
  notes(): Promise<readonly string[]>;
}

const execute = promisify(execFile);

/** @throws ServonautError `unavailable` with what the program said */
export async function order(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await execute(program, args, { env, timeout: PATIENCE_MS })).stdout.trim();
  } catch (cause) {
    const { stderr = '', message } = cause as { stderr?: string; message: string };
    throw new ServonautError('unavailable', {
      message: `"${[program, ...args].join(' ')}" failed: ${stderr.trim() || message}`,
      nextStep: 'See what it says, and do this again: what is done already is not done twice.',
      cause,
    });
  }
}
