import { createHash } from 'node:crypto';
import type { ExecutorManifest, ToolManifest } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';

/** Many times the tools that exist. Beyond it, and when somebody registers nonsense to push them out, equal tools are kept twice and no more. */
const MAX_TOOLS = 1_000;

/** Equal tools of many executors as one object: nearly all have the same ones, and a copy of those is half of what an idle executor costs. */
export class SharedTools {
  readonly #tools = new LRUCache<string, ToolManifest>({ max: MAX_TOOLS });

  /** The same manifest, of tools that were seen before where there are such. */
  share(manifest: ExecutorManifest): ExecutorManifest {
    return { ...manifest, tools: manifest.tools.map((tool) => this.#shared(tool)) };
  }

  #shared(tool: ToolManifest): ToolManifest {
    const key = createHash('sha256').update(JSON.stringify(tool)).digest('base64');
    const known = this.#tools.get(key);
    if (known) return known;
    this.#tools.set(key, tool);
    return tool;
  }
}
