import { FINAL_EXIT_CODES, type BackgroundPlan } from './background-plan.ts';

/** From this version on systemd waits longer from one restart to the next; earlier ones warn of the words for it. */
const BACKS_OFF_FROM = 254;

/** A literal in what systemd expands and splits (systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers"). */
function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** In ExecStart, `$` is a variable, too. */
function word(text: string): string {
  return literal(text).replaceAll('$', '$$$$');
}

/**
 * The unit of one profile, for the operator's own manager. What takes a mount namespace (ProtectSystem, PrivateTmp) is not here: a manager of a user would
 * have to map all other users away for it, and then `ssh` takes the files of root for somebody's, `servonaut approve` does not find its socket
 * below /tmp, and control masters not theirs.
 * @param version of systemd
 */
export function systemdUnit({ profile, program, variables, stopSeconds }: BackgroundPlan, version: number): string {
  const environment = Object.entries(variables).map(([name, value]) => `Environment=${literal(`${name}=${value}`)}`);
  const backOff = version < BACKS_OFF_FROM ? [] : ['RestartSteps=6', 'RestartMaxDelaySec=300'];
  return `# By "servonaut connect --install --profile ${profile}", which shows what it would change; --uninstall removes it.
# Changes of your own outlast both in a file beside it: systemctl --user edit servonaut@${profile}
[Unit]
Description=Servonaut: runs what agents ask for, profile ${profile}
# Tried for ever, but for what only you can mend: see RestartPreventExitStatus.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${program.map(word).join(' ')} connect --plain --profile ${profile}
${environment.join('\n')}

# connect tells what it has started to end, and brings the results away.
KillMode=mixed
TimeoutStopSec=${stopSeconds}

# connect itself waits for a coordinator that is away.
Restart=on-failure
RestartSec=10
${backOff.map((line) => `${line}\n`).join('')}# Not logged in, a configuration that is not valid, another key, disconnected by an admin: docs/commands.md, "Exit codes".
RestartPreventExitStatus=${FINAL_EXIT_CODES.join(' ')}

# Nothing that it starts can become another user, here: not sudo on a server with "strategy: local" either.
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_VSOCK
SystemCallArchitectures=native
LimitCORE=0
UMask=0077

[Install]
WantedBy=default.target
`;
}
