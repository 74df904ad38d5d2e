import { defineTool, type ToolContext } from '@servonaut/plugin-sdk';
import { container } from './container.ts';
import { journal } from './journal.ts';
import { lastLines } from './last-lines.ts';
import { linesRead, logChoiceSchema, type LogChoice } from './log-choice.ts';
import { logFile } from './log-file.ts';
import type { LogSource } from './log-source.ts';
import { pod } from './pod.ts';
import { summarized, summarySchema, TEMPLATES_SHOWN } from './summarized.ts';

export const getLogs = defineTool({
  name: 'get_logs',
  title: 'Get logs',
  description:
    'Returns the last lines of one log on each server: of a file (path), of a systemd unit in the journal (unit), of a container or of a pod; give exactly one. Use it to find out why something failed. With summarize: true it tells what a long log says, also that of many servers at once: lines that differ in numbers, ids and names only become one template with count, first and last time, servers and an example, the rarest and newest first, so that faults stand before what is usual. Start with that when you do not know what to look for, then read the lines around it: the default 100, narrowed by grep (plain text, not a regular expression; the last matching lines are returned) by level and since, rather than thousands of lines. It reads only and never follows a log. If you do not know where an application logs, try its unit first, or list /var/log with list_directory.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: logChoiceSchema,
  data: summarySchema,
  combine: {
    rows: 'templates',
    key: 'template',
    similar: true,
    sum: ['count'],
    least: ['first'],
    greatest: ['last'],
    first: ['example'],
    order: [
      { by: 'count', direction: 'ascending' },
      { by: 'last', direction: 'descending' },
    ],
    columns: ['count', 'servers', 'first', 'last', 'template', 'example'],
    most: TEMPLATES_SHOWN,
  },
  cli: {
    examples: [
      '<%= config.bin %> get-logs web-1 --path /var/log/syslog --lines 50',
      '<%= config.bin %> get-logs web-1 --unit nginx --since "1 hour ago" --grep error',
      '<%= config.bin %> get-logs web-1 --container shop --level error',
      "<%= config.bin %> get-logs 'web-*' --unit nginx --summarize",
    ],
  },

  async run(choice, context) {
    const source = sourceOf(choice, context);
    return choice.summarize ? summarized(source, context) : lastLines(source, context, linesRead(choice));
  },
});

function sourceOf(choice: LogChoice, { server }: ToolContext): LogSource {
  const { path, unit, container: name, pod: podName } = choice;
  if (path !== undefined) return logFile({ ...choice, path }, server.name);
  if (podName !== undefined) return pod({ ...choice, pod: podName }, server.name);
  if (name !== undefined) return container({ ...choice, container: name }, server.name);
  return journal({ ...choice, unit: unit ?? '' }, server.name);
}
