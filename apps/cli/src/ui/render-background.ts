import type { ServiceChange } from '../services/background/background-service.ts';
import { plainText } from './plain-text.ts';
import { renderChange } from './render-change.ts';

const plainLines = (text: string): string => text.split('\n').map(plainText).join('\n');

/** What the operator is asked to agree to. */
export function renderServiceChange({ manager, before, after, warnings }: ServiceChange): string {
  const { file, service } = manager;
  return [
    `${whatBecomes({ file, service, before, after })}\n`,
    ...warnings.map((one) => `Warning: ${plainText(one)}\n`),
  ].join('\n');
}

function whatBecomes(change: { file: string; service: string; before: string | undefined; after: string | undefined }) {
  const { file, service, before, after } = change;
  if (after === undefined)
    return before === undefined
      ? `There is no ${file}: nothing is to be removed.`
      : `Ends ${service} and removes ${file}.`;
  if (before === undefined) return `Writes ${file} and starts ${service}:\n\n${plainLines(after)}`;
  if (before === after) return `${file} is as it should be. ${service} is started anew.`;
  return `Changes ${file} and starts ${service} anew:\n\n${plainLines(renderChange(before, after))}`;
}

export function renderServiceDone(
  { manager, after }: ServiceChange,
  notes: readonly string[],
  profile: string,
): string {
  if (after === undefined) return `${manager.service} is removed.\n`;
  const commands = [...manager.commands, `servonaut status --profile ${profile}`];
  return [`${manager.service} is started.`, ...notes, 'To look at it:', ...commands.map((one) => `  ${one}`), ''].join(
    '\n',
  );
}

/** The shape is in docs/executor.md, section "As a service". */
export function serviceJson({ manager, before, after, warnings }: ServiceChange, notes: readonly string[]): object {
  const { service, file, commands } = manager;
  return { service, file, installed: after !== undefined, changed: before !== after, warnings, notes, commands };
}
