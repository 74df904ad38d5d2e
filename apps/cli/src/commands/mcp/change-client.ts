import type { Command } from '@oclif/core';
import type { AgentClient, EntryFields } from '../../services/agent-clients/agent-client.ts';

interface Asked {
  readonly name: string;
  readonly print: boolean;
  readonly yes: boolean;
  /** Absent to take the entry out. */
  readonly fields?: EntryFields;
}

/** Shows what would change, asks, and writes it. @returns whether anything was written */
export async function changeClient(
  command: Pick<Command, 'log'>,
  client: AgentClient,
  { name, print, yes, fields }: Asked,
): Promise<boolean> {
  const [{ planChange, makeChange }, { agreeToChange }] = await Promise.all([
    import('../../services/agent-clients/client-change.ts'),
    import('../../ui/agree-to-change.ts'),
  ]);
  const change = await planChange(client, name, fields);
  command.log(change.shown.trimEnd() || `${change.file} is so already.`);
  if (print || change.shown === '') return false;
  if (!yes) await agreeToChange(change.file);
  const kept = await makeChange(change);
  command.log(`Written.${kept === undefined ? '' : ` What it was is in ${kept}`}`);
  return true;
}
