/**
 * Bounds of the wire. They are part of the protocol: both sides refuse what exceeds them, so raising one is a protocol
 * change. Limits that one side may choose for itself are settings of that side and do not live here.
 */
export const WIRE_LIMITS = {
  /** Longest name of a tool, in characters. Cursor counts server + tool name against 60. */
  toolNameLength: 40,
  /** Longest description of a tool, in characters. Claude Code cuts at 2 KB. */
  toolDescriptionLength: 2_000,
  /** Longest name of a server, in characters. */
  serverNameLength: 128,
  /** Most labels on one server. */
  labelsPerServer: 32,
  /** Most servers in one manifest. */
  serversPerExecutor: 2_000,
  /** Most patterns of servers that one principal is limited to. */
  serverPatterns: 500,
  /** Most lists of servers that one principal is limited to. */
  serverLists: 16,
  /** Most tools in one manifest. */
  toolsPerExecutor: 100,
  /** Largest JSON Schema of a tool's input or output, in characters of JSON. */
  toolSchemaLength: 16_384,
  /** Deepest nesting of a tool's JSON Schema. */
  toolSchemaDepth: 8,
  /** Longest command of `run_command`, in characters. Longer work belongs into a file on the server. */
  commandLength: 65_536,
  /** Deepest nesting of objects and lists within the arguments of a call. */
  payloadDepth: 64,
  /** Largest body that the executor endpoints and the MCP endpoints accept, in bytes. */
  bodyBytes: 4 * 1024 * 1024,
  /** Most characters of stdout or of stderr that a result carries; the executor keeps head and tail within it. */
  outputLength: 1024 * 1024,
  /** Most characters in one progress chunk. */
  progressChunkLength: 65_536,
  /** Longest start-by deadline, in seconds. */
  ttlSeconds: 3_600,
  /** Longest run time that can be asked for, in seconds. */
  timeoutSeconds: 3_600,
  /** Longest wait for the operator's approval that an executor may announce, in seconds. */
  approvalSeconds: 3_600,
} as const;

/** Defaults that both sides share when a request does not say otherwise. */
export const WIRE_DEFAULTS = {
  /** Start-by deadline, in seconds from `created_at`. */
  ttlSeconds: 15,
  /** Run time of a tool call, in seconds. */
  timeoutSeconds: 60,
  /** Seconds between two heartbeats; an executor is offline after two missed ones. */
  heartbeatIntervalSeconds: 30,
} as const;
