import { Injectable } from '@nestjs/common';
import { toProblem, type Problem, type ServonautError } from '@servonaut/contracts';

/** Makes the body of an error answer; undefined leaves it a problem. */
export type RenderErrorBody = (error: ServonautError, problem: Problem) => object | undefined;

/** How errors look under which address: problem details (RFC 9457), unless a module whose protocol has a form of its own says so here. */
@Injectable()
export class ErrorBodies {
  readonly #renderers: { path: string; render: RenderErrorBody }[] = [];

  /** For `path` and everything under it. */
  register(path: string, render: RenderErrorBody): void {
    this.#renderers.push({ path, render });
  }

  render(error: ServonautError, url: string, requestId: string): { type: string; body: object } {
    const problem = toProblem(error, requestId);
    const own = this.#renderers.find(({ path }) => isUnder(url, path))?.render(error, problem);
    return own ? { type: 'application/json', body: own } : { type: 'application/problem+json', body: problem };
  }
}

function isUnder(url: string, path: string): boolean {
  return url.startsWith(path) && /^(?:$|[/?])/.test(url.slice(path.length));
}
