export { answerMany, type EndedCall } from './answers/many-answer.ts';
export { clip, isWithin, untilFull, type OutputBounds } from './answers/output-bounds.ts';
export { answerLookup, answerRefusal, answerRequest, type ToolResult } from './answers/tool-answer.ts';
export { askedTimeout } from './asked-timeout.ts';
export { askedPace } from './call-pace.ts';
export { GET_REQUEST, getRequestInput } from './get-request.ts';
export { asFault, JSON_RPC, JsonRpcFault } from './json-rpc-fault.ts';
export { callMany } from './many-calls.ts';
export {
  askedTerms,
  checkServerCount,
  invalidServers,
  namedServers,
  noServers,
  type ChosenServers,
} from './named-servers.ts';
export { refuseRequest, refuseShape, type Refusal } from './refused-message.ts';
export { splitServer } from './server-argument.ts';
export type { ShownRequest } from './shown-request.ts';
export { checkArguments } from './tool-arguments.ts';
export { answerToolCall, type CallHooks, type CallParams, type Exchange } from './tool-call.ts';
export { describeTool, type ToolDescription } from './tool-description.ts';
