import { fitsServerPattern, type ToolManifest } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';

/** What is asked for. `server` is null for a tool that acts on the executor itself. */
export interface Wanted {
  readonly tool: string;
  readonly server: string | null;
}

export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Which limit said no, such as `credential.tools`. */
      readonly rule: string;
      /** For the caller: what is not allowed. */
      readonly message: string;
      /** For the caller: who can change it. */
      readonly nextStep: string;
    };

type Limits = Pick<Principal, 'kind' | 'label' | 'tools' | 'servers'>;

/** What the label is the name of. */
const SUBJECT = { user: 'The client', credential: 'The credential' } as const;

const ALLOWED: Decision = { allowed: true };

/** Whether the principal may make this call. Pure; knows nothing of whether the tool or the server exists. */
export function decide(principal: Limits, { tool, server }: Wanted): Decision {
  if (!mayUseTool(principal, tool)) return denied(principal, 'tools', `the tool ${tool}`);
  if (server !== null && !mayUseServer(principal, server)) return denied(principal, 'servers', `the server ${server}`);
  return ALLOWED;
}

/** The tools that the principal may call on some server, in the given order. */
export function visibleTools(principal: Limits, manifests: readonly ToolManifest[]): ToolManifest[] {
  return manifests.filter(
    ({ name, target }) => mayUseTool(principal, name) && (target === 'executor' || principal.servers?.length !== 0),
  );
}

function mayUseServer({ servers }: Pick<Principal, 'servers'>, server: string): boolean {
  return servers === null || servers.some((pattern) => fitsServerPattern(pattern, server));
}

function mayUseTool({ tools }: Pick<Principal, 'tools'>, tool: string): boolean {
  return tools === null || tools.includes(tool);
}

function denied({ kind, label }: Limits, limit: 'tools' | 'servers', what: string): Decision {
  return {
    allowed: false,
    rule: `${kind}.${limit}`,
    message: `${SUBJECT[kind]} "${label}" may not use ${what}.`,
    nextStep:
      kind === 'user'
        ? `Sign in again from "${label}", and allow it.`
        : `Ask the admin who issued "${label}" for one whose list of ${limit} includes it.`,
  };
}
