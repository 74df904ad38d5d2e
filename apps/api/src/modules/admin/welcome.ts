import type { BootstrapFacts } from './first-start.ts';

/**
 * What a newcomer reads once, with the lines to paste as they are. `--no` keeps npx from fetching whatever a registry has under this name, should a
 * line be pasted in another folder.
 */
export function welcome(facts: BootstrapFacts, file: string): string {
  const { url, executor_token: executor, agent_token: agent, invitation_url: invitation } = facts;
  return `
  Servonaut is running at ${url}

  1. Connect the machine that holds your SSH keys, in this folder:

npx --no servonaut login --url ${url} --token ${executor}
npx --no servonaut connect

  2. Add it to your agent:

claude mcp add --transport http servonaut ${url}/mcp --header "Authorization: Bearer ${agent}"

     or, for an agent that speaks the older transport:

claude mcp add --transport sse servonaut ${url}/mcp/sse --header "Authorization: Bearer ${agent}"

  3. Choose a password, to sign in with a browser:

${invitation}

  These are shown only now. They are also, with the admin's, in
  ${file}
  The interface for admins is described at ${url}/api/docs

`;
}
