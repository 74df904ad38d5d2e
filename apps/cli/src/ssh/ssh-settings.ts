import { z } from 'zod';
import { WIRE_LIMITS } from '@servonaut/contracts';

const within = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Every setting of the SSH part: bounds, default and meaning. Part of the executor's settings. */
export const SSH_SETTINGS = {
  ssh_max_connections: {
    schema: within(1, 2_000),
    default: 256,
    meaning: 'Most SSH connections that are open at once, over all servers.',
  },
  ssh_max_channels: {
    schema: within(1, 100),
    default: 10,
    meaning: 'Most channels on one SSH connection (MaxSessions of sshd); one is kept for stopping commands.',
  },
  ssh_config_timeout_ms: {
    schema: within(100, 60_000),
    default: 5_000,
    meaning:
      'Milliseconds that `ssh -G`, and each command of a Match exec, may take to say what holds for a server; twice that for all of it.',
  },
  ssh_config_parallel: {
    schema: within(1, 64),
    default: 8,
    meaning: 'Most `ssh -G` that run at once.',
  },
  ssh_connect_timeout_ms: {
    schema: within(100, 300_000),
    default: 10_000,
    meaning:
      'Milliseconds from the first packet to an SSH connection that waits for a log-in. ConnectTimeout of ssh_config wins.',
  },
  ssh_open_timeout_ms: {
    schema: within(100, 3_600_000),
    default: 120_000,
    meaning:
      'Milliseconds that a connect may take in all for files, log-ins and the login shell, on top of the connect timeouts of the server and of its jump hosts.',
  },
  ssh_channel_timeout_ms: {
    schema: within(100, 300_000),
    default: 10_000,
    meaning: 'Milliseconds that a server may take to start a command before its connection is taken for dead.',
  },
  ssh_idle_ms: {
    schema: within(100, 86_400_000),
    default: 600_000,
    meaning: 'Milliseconds after which an SSH connection that nobody uses is closed.',
  },
  ssh_target_check_ms: {
    schema: within(0, 60_000),
    default: 1_000,
    meaning: 'Milliseconds for which a warm connection is used before the files are asked again where its server is.',
  },
  ssh_keep_alive_ms: {
    schema: within(100, 3_600_000),
    default: 15_000,
    meaning:
      'Milliseconds between two keep-alives; three unanswered (ServerAliveCountMax) end the connection. ServerAliveInterval wins.',
  },
  ssh_max_output: {
    schema: within(1_024, WIRE_LIMITS.outputLength),
    default: 65_536,
    meaning: 'Most bytes kept of each of stdout and stderr, half of them from the head and half from the tail.',
  },
  ssh_interrupt_grace_ms: {
    schema: within(0, 60_000),
    default: 1_000,
    meaning: 'Milliseconds that a command which is being stopped has after INT, before TERM.',
  },
  ssh_terminate_grace_ms: {
    schema: within(0, 60_000),
    default: 1_500,
    meaning: 'Milliseconds that a command which is being stopped has after TERM, before KILL.',
  },
  ssh_linger_ms: {
    schema: within(0, 60_000),
    default: 500,
    meaning: 'Milliseconds of silence after which output that an ended command left open is closed.',
  },
} as const;

export type SshSettings = { readonly [Key in keyof typeof SSH_SETTINGS]: number };

export const DEFAULT_SSH_SETTINGS = Object.fromEntries(
  Object.entries(SSH_SETTINGS).map(([key, setting]) => [key, setting.default]),
) as SshSettings;

/** The SSH part of the executor's settings, which carry their sources. */
export function sshSettings(settings: {
  readonly [Key in keyof SshSettings]: { readonly value: number };
}): SshSettings {
  const keys = Object.keys(SSH_SETTINGS) as (keyof SshSettings)[];
  return Object.fromEntries(keys.map((key) => [key, settings[key].value])) as SshSettings;
}
