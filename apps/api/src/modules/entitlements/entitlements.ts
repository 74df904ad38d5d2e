import { Injectable } from '@nestjs/common';
import type { ToolManifest } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';
import { decide, visibleTools, type Decision, type Wanted } from './decide.ts';

/** What a principal may call. Other modules ask here; the rules are the pure functions behind it. */
@Injectable()
export class Entitlements {
  /** Whether the principal may make this call. Knows nothing of whether the tool or the server exists. */
  decide(principal: Principal, call: Wanted): Decision {
    return decide(principal, call);
  }

  /** The tools that the principal may call on some server, in the given order. */
  visibleTools(principal: Principal, manifests: readonly ToolManifest[]): ToolManifest[] {
    return visibleTools(principal, manifests);
  }
}
