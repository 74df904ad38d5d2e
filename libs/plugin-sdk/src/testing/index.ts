export { callTool } from './call-tool.ts';
export { injectionStrings } from './injections.ts';
export {
  checkSource,
  listSource,
  sourceInstances,
  type Listing,
  type SourceInstances,
  type SourceSetting,
} from './list-source.ts';
export { localContext, type LocalContextOptions } from './local-context.ts';
export { replayServer, type ReplayedAnswer, type ReplayedRequest, type ReplayServer } from './replay-server.ts';
