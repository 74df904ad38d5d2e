import { principalSchema, type WirePrincipal } from '@servonaut/contracts';
import { z } from 'zod';

/**
 * An agent of this machine, which calls by `servonaut mcp serve`. No kind of the wire: a coordinator that names it is not understood, so that rules which let
 * it do more let nobody else.
 */
export const LOCAL_AGENT = 'local-agent';

const KINDS = [...principalSchema.shape.kind.options, LOCAL_AGENT] as const;

/** Who asks, other than the operator: somebody through the coordinator, or an agent of this machine. */
export type Caller = Omit<WirePrincipal, 'kind'> & { readonly kind: (typeof KINDS)[number] };

/** As the processes of this machine tell each other. */
export const callerSchema: z.ZodType<Caller> = principalSchema.extend({ kind: z.enum(KINDS) });

/** A kind, and perhaps an id. */
export function isCallerKind(kind: string | undefined): kind is Caller['kind'] {
  return KINDS.some((one) => one === kind);
}
