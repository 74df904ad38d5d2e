import { format, resolveConfig } from 'prettier';
import { TOOLS as checkStatus } from '@servonaut/plugin-check-status';
import { TOOLS as files } from '@servonaut/plugin-files';
import { TOOLS as getLogs } from '@servonaut/plugin-get-logs';
import { TOOLS as getServerInfo } from '@servonaut/plugin-get-server-info';
import { TOOLS as listServers } from '@servonaut/plugin-list-servers';
import { TOOLS as fleetHealth } from '@servonaut/plugin-fleet-health';
import { TOOLS as diskUsage } from '@servonaut/plugin-disk-usage';
import { TOOLS as services } from '@servonaut/plugin-services';
import { TOOLS as processes } from '@servonaut/plugin-processes';
import { TOOLS as cloudInstances } from '@servonaut/plugin-cloud-instances';
import { TOOLS as containers } from '@servonaut/plugin-containers';
import { TOOLS as jobs } from '@servonaut/plugin-jobs';
import { TOOLS as readOutput } from '@servonaut/plugin-read-output';
import { TOOLS as runCommand } from '@servonaut/plugin-run-command';
import { TOOLS as transferFile } from '@servonaut/plugin-transfer-file';

/** The generated file. The coordinator reads it because it must not import a plugin. */
export const FIRST_PARTY_FILE = new URL('../../libs/contracts/src/first-party-tools.ts', import.meta.url);

const HEADER = `// Generated from the plugins by \`npm run generate\`; a test fails when it is stale. Do not edit.
import type { ToolManifest } from './tool-manifest.ts';

/** Manifests of the tools that every executor of this release has, so that an agent sees them before any executor has connected. */
export const FIRST_PARTY_TOOLS: readonly ToolManifest[] = `;

/** What the generated file should say now, formatted as the rest of the repository. */
export async function firstPartySource(): Promise<string> {
  const manifests = [
    ...listServers,
    ...getServerInfo,
    ...checkStatus,
    ...runCommand,
    ...getLogs,
    ...fleetHealth,
    ...files,
    ...diskUsage,
    ...services,
    ...processes,
    ...containers,
    ...jobs,
    ...cloudInstances,
    ...transferFile,
    ...readOutput,
  ].map((tool) => tool.manifest);
  const options = await resolveConfig(FIRST_PARTY_FILE);
  return format(`${HEADER}${JSON.stringify(manifests)};\n`, { ...options, parser: 'typescript' });
}
