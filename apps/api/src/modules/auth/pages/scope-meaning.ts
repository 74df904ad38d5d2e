import { toolOfScope, type RequestedScope } from '@servonaut/contracts';
import { html, type Html } from './html.ts';

/** What a scope lets a client do, for the person who gives it. */
export function meaning(scope: RequestedScope): Html {
  const tool = toolOfScope(scope);
  if (tool !== undefined) return html`Call the tool <code>${tool}</code> on servers of your executors.`;
  if (scope === 'mcp:tools')
    return html`Call all tools that you may call, such as running commands, on servers of your executors.`;
  if (scope === 'relay:connect')
    return html`Be an executor of yours: receive what your agents ask for, run it, and answer.`;
  if (scope === 'credentials')
    return html`Make, change and revoke API keys of yours, with which programs call tools as you, and let others use
    servers of yours. Keys last until they are revoked, or until you end this access on your account.`;
  return html`<strong>Administer this coordinator:</strong> its users, their credentials and invitations.`;
}
