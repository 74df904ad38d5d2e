import type { Command } from '@oclif/core';
import type { AgentClient, EntryFields } from '../../services/agent-clients/agent-client.ts';

interface Asked {
  /** Of the client, as it is typed. */
  readonly id: string;
  readonly name: string;
  readonly print: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  /** Absent to take the entry out. */
  readonly fields?: EntryFields;
  /** What is to be done once it is written. */
  readonly notes?: readonly string[];
}

/** Shows what would change, asks, and writes it. */
export async function changeClient(
  command: Pick<Command, 'log' | 'logToStderr'>,
  client: AgentClient,
  { id, name, print, yes, json, fields, notes = [] }: Asked,
): Promise<void> {
  const [{ planChange, makeChange }, { agreeToChange }] = await Promise.all([
    import('../../services/agent-clients/client-change.ts'),
    import('../../ui/agree-to-change.ts'),
  ]);
  const change = await planChange(client, name, fields);
  const say = (line: string): void => (json ? command.logToStderr(line) : command.log(line));
  say(change.shown.trimEnd() || `${change.file} is so already.`);
  const writes = !print && change.shown !== '';
  if (writes && !yes) await agreeToChange(change.file);
  const kept = writes ? await makeChange(change) : undefined;
  const told = writes ? notes : [];
  if (json) {
    const made = {
      client: id,
      name,
      file: change.file,
      change: change.shown,
      written: writes,
      kept: kept ?? null,
      notes: told,
    };
    return command.log(JSON.stringify(made));
  }
  if (writes) command.log(`Written.${kept === undefined ? '' : ` What it was is in ${kept}`}`);
  for (const note of told) command.log(note);
}
