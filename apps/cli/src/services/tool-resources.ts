import { join } from 'node:path';
import type { ToolProgress } from '@servonaut/plugin-sdk';
import type { Session } from '../session/session.ts';
import { PluginSecrets } from '../session/plugin-secrets.ts';
import { plainText } from '../ui/plain-text.ts';
import type { ToolCatalog } from './tool-catalog.ts';
import { TOOL_LOG_LEVELS, type ToolLogLevel } from './tool-settings.ts';

/** What tools get of the operator's machine besides its servers. */
export interface ToolResources {
  /** Absolute. */
  readonly transferFolder: string;
  /** Jobs of one caller that may run on one server at once. */
  readonly mostJobs: number;
  /** How long a tool may take for a preview, in milliseconds. */
  readonly previewMs: number;
  /** What is stored for the plugin of a tool. @throws ServonautError as `PluginSecrets.get` */
  secret(tool: string, name: string): Promise<string>;
  /** Told of what a tool logs. */
  log(level: ToolLogLevel, tool: string, text: string): void;
}

/** Most characters of a line of a tool's log, and of a word of how far it is. */
const LOG_LENGTH = 1_000;
const PROGRESS_LENGTH = 200;

/** @param tell shows the operator a line */
export function toolResources(
  session: Pick<Session, 'paths' | 'settings'>,
  catalog: Pick<ToolCatalog, 'pluginOf'>,
  tell: (line: string) => void,
  secrets = new PluginSecrets(session),
): ToolResources {
  const { paths, settings } = session;
  const least = TOOL_LOG_LEVELS.indexOf(settings.tool_log_level.value);
  return {
    transferFolder: settings.transfer_folder.value || join(paths.stateDir, 'transfers'),
    mostJobs: settings.jobs_per_caller.value,
    previewMs: settings.tool_preview_seconds.value * 1_000,
    secret: (tool, name) => secrets.get({ plugin: catalog.pluginOf(tool) ?? '', name }),
    log: (level, tool, text) => {
      if (TOOL_LOG_LEVELS.indexOf(level) >= least) tell(`${tool}: ${oneLine(text, LOG_LENGTH)}`);
    },
  };
}

/** `copying 45 %` */
export function progressText({ text = '', done, total }: ToolProgress): string {
  return [oneLine(text, PROGRESS_LENGTH), shareText(done, total)].filter((part) => part !== '').join(' ');
}

/** A plugin that is no TypeScript could give texts of any length, and what steers a terminal. */
function shareText(done: unknown, total: unknown): string {
  if (!isFiniteNumber(done)) return '';
  if (!isFiniteNumber(total) || total <= 0) return String(done);
  return `${Math.floor(100 * Math.min(1, Math.max(0, done / total)))} %`;
}

/** What a tool gives for a number, which its types only tell it to. */
function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function oneLine(text: string, most: number): string {
  return plainText(text.slice(0, most).toWellFormed());
}
