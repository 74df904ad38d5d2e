import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { CommandRule } from '../../command-rule.ts';
import type { CommandTable } from '../../command-table.ts';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
const words = (text: string) => text.split(/\s+/);
/** They wait for a time, for an answer or for ever, or go through the whole machine, which only costs time. */
const SLOW = words(
  'yes sleep watch top ping ping6 mtr traceroute tracepath tcpdump slabtop vmstat mpstat iostat pidstat sar dig host nslookup delv whois lsof journalctl ssh-keyscan openssl curl lnstat postconf postfix postqueue systemd-escape nm gcc g++ cc c++',
);
/** What they have learnt, and a log, they keep in the home folder of whoever runs them: command-classes/README.md says that this counts as nothing. */
const KEEPS_STATE = words(
  'gcloud gsutil aws az kubectl helm docker podman npm pip pip3 apt apt-cache yum dnf caddy terraform go gem yq',
);
const LEFT_OUT = new Set([...SLOW, ...KEEPS_STATE]);
/** Milliseconds that a command may take to tell its options. */
const HELP_MS = 1_000;

/** A command of this machine that is read-only unless its arguments make it worse, with words that mean something to it. */
export interface KnownCommand {
  readonly name: string;
  /** With `=` at the end where a value follows. */
  readonly options: readonly string[];
  readonly subcommands: readonly KnownCommand[];
}

/** Commands of the table that are installed here, with the options that the table lists, or those that they tell themselves where it lists none. */
export function readVocabulary(table: CommandTable): readonly KnownCommand[] {
  const names = new Set(FOLDERS.flatMap((folder) => readdirSync(folder)));
  return [...names]
    .toSorted()
    .filter((name) => !LEFT_OUT.has(name))
    .flatMap((name) => {
      const rule = table.ruleFor(name);
      return rule?.class === 'read-only' ? [knownCommand(name, rule)] : [];
    });
}

function knownCommand(name: string, rule: CommandRule, isProgram = true): KnownCommand {
  const listed = [...(rule.options?.listed ?? [])].map(
    ([option, { value }]) => `${option}${value === 'none' ? '' : '='}`,
  );
  const isOpen = isProgram && !rule.options && !rule.operands && rule.reader === undefined;
  const below = [...(rule.subcommands ?? [])].filter(([, each]) => each.class === 'read-only');
  return {
    name,
    options: isOpen ? toldOptions(name) : listed,
    subcommands: below.map(([word, each]) => knownCommand(word, each, false)),
  };
}

function toldOptions(name: string): readonly string[] {
  const { stdout, stderr } = spawnSync(name, ['--help'], {
    encoding: 'utf8',
    timeout: HELP_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = `${stdout}${stderr}`.match(/(?<=[\s,[(|])--?[A-Za-z][\w-]*=?/g) ?? [];
  return [...new Set(told)].slice(0, 120);
}
