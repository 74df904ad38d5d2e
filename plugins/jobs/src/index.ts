import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { jobOutput } from './job-output.tool.ts';
import { jobStatus } from './job-status.tool.ts';
import { startJob } from './start-job.tool.ts';
import { stopJob } from './stop-job.tool.ts';

export const TOOLS: readonly AnyTool[] = [startJob, jobStatus, jobOutput, stopJob];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = {
  'start-job': toolCommand(startJob),
  'job-status': toolCommand(jobStatus),
  'job-output': toolCommand(jobOutput),
  'stop-job': toolCommand(stopJob),
};
