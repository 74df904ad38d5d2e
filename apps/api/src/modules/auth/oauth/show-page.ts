import type { KoaContextWithOIDC } from 'oidc-provider';
import { pageHeaders } from '../../../platform/http/page-headers.ts';

/** Answers a request that the library has taken with a page of ours. The status stays. */
export function showPage(ctx: KoaContextWithOIDC, document: string): void {
  for (const [name, value] of pageHeaders()) ctx.set(name, value);
  ctx.type = 'html';
  ctx.body = document;
}
