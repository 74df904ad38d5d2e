/** The clients of other makers that the tests sign in with, which are no dependencies and must be fetched. */
import { fetchAgentClients } from '../../libs/testkit/src/agent-clients.ts';

/**
 * Fetches them where that is possible.
 * @returns {Promise<{failures: string[], warnings: string[]}>} a message when they are missing, which in CI is a failure
 */
export async function ensureAgentClients({ ci }) {
  try {
    await fetchAgentClients();
    return { failures: [], warnings: [] };
  } catch (error) {
    const message = `Claude Code, the MCP Inspector and mcp-remote could not be fetched: ${error.message.trim()}`;
    return { failures: ci ? [message] : [], warnings: ci ? [] : [message] };
  }
}
