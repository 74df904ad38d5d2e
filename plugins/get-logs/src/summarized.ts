import { sh, z, type ToolContext, type ToolReturn } from '@servonaut/plugin-sdk';
import { NO_ENTRIES } from './journal.ts';
import { LogReading } from './log-reading.ts';
import type { LogSource } from './log-source.ts';
import { saidOf } from './said.ts';
import type { ReadLog } from './templates/log-reader.ts';
import type { LogTemplate } from './templates/log-summary.ts';
import { TimeWindow } from './time-window.ts';

/** Most templates of one server, the rarest. Those of many servers are put together, so more than are shown. */
const MOST_TEMPLATES = 100;
/** Those that the text for a reader has. */
export const TEMPLATES_SHOWN = 30;

const instantSchema = z.iso.datetime().nullable();

export const summarySchema = z.object({
  lines: z.int().min(0),
  templates: z.array(
    z.object({
      template: z.string(),
      count: z.int().min(1),
      first: instantSchema,
      last: instantSchema,
      example: z.string(),
    }),
  ),
  /** Templates that are more frequent than all of these. */
  templates_left_out: z.int().min(0),
  /** Lines that came when there were too many templates already, and were like none. */
  lines_left_out: z.int().min(0),
});
export type Summary = z.output<typeof summarySchema>;

/** What the lines say, read here while they come. */
export async function summarized(source: LogSource, context: ToolContext): Promise<ToolReturn<Summary>> {
  const reading = new LogReading();
  let room: void | Promise<void>;
  const pass = (bytes: Uint8Array): void => void (room = reading.write(bytes));
  const window = source.bounds && new TimeWindow(source.bounds, pass, pass);
  try {
    const exec = await context.exec(
      sh`${source.checks}
date +%z
${source.read}`,
      {
        consume: (chunk) => {
          if (window) window.write(chunk);
          else pass(chunk);
          return room;
        },
      },
    );
    const instead = source.instead?.(exec);
    if (instead) return await summarized(instead, context);
    window?.end();
    const data = summaryOf(await reading.end());
    const fault = source.fault(exec, data.lines === 0);
    if (fault) throw fault;
    if (exec.exitCode !== 0) return { exec };
    const said = saidOf(source, exec.stderr, window);
    return { data, output: (data.lines === 0 ? source.nothing : summaryText(data)) + said };
  } finally {
    reading.close();
  }
}

function summaryOf({ lines, ungrouped, templates }: ReadLog): Summary {
  const all = templates.filter(({ template }) => template !== NO_ENTRIES);
  return {
    lines: all.length === 0 ? 0 : lines,
    templates: all.slice(0, MOST_TEMPLATES),
    templates_left_out: Math.max(0, all.length - MOST_TEMPLATES),
    lines_left_out: ungrouped,
  };
}

function summaryText({ lines, templates, templates_left_out: left, lines_left_out: ungrouped }: Summary): string {
  const shown = templates.slice(0, TEMPLATES_SHOWN);
  const unseen = templates.length - shown.length + left;
  const width = String(shown.at(-1)?.count ?? 0).length;
  return [
    `${lines} lines, ${templates.length + left} templates, the rarest first: how often, first and last time, template, and an example below`,
    ...shown.map((one) => templateText(one, width)),
    ...(unseen > 0 ? [`[${unseen} more frequent templates are left out; narrow the call to see them]`] : []),
    ...(ungrouped > 0 ? [`[${ungrouped} further lines are of too many kinds to be grouped]`] : []),
  ].join('\n');
}

function templateText({ template, count, first, last, example }: LogTemplate, width: number): string {
  const times = first === last ? (first ?? '-') : `${first ?? '-'} to ${last ?? '-'}`;
  // The line stands alone, as it did in the log: what is known by how a line begins is found and taken out of it.
  return `${String(count).padStart(width)}  ${times}  ${template}\n${' '.repeat(width)}  ${example}`;
}
