import type { SubscriberStream } from './subscriber-stream.ts';
import type { StoredUpdate } from './update-history.ts';

/**
 * Finds the receivers of an update without asking every stream: most streams name exact topics, so that a hash look-up
 * finds them, and only streams with a pattern are tried one by one.
 */
export class SubscriberIndex {
  readonly #all = new Set<SubscriberStream>();
  readonly #byTopic = new Map<string, Set<SubscriberStream>>();
  readonly #withPattern = new Set<SubscriberStream>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<SubscriberStream> {
    return this.#all.values();
  }

  add(stream: SubscriberStream): void {
    this.#all.add(stream);
    for (const { exact, text } of stream.selectors) {
      const group = exact ? (this.#byTopic.get(text) ?? new Set()) : this.#withPattern;
      group.add(stream);
      if (exact) this.#byTopic.set(text, group);
    }
  }

  delete(stream: SubscriberStream): void {
    this.#all.delete(stream);
    this.#withPattern.delete(stream);
    for (const { text } of stream.selectors) {
      const group = this.#byTopic.get(text);
      group?.delete(stream);
      if (group?.size === 0) this.#byTopic.delete(text);
    }
  }

  /** The streams that may receive the update, each once. */
  receivers(update: StoredUpdate): SubscriberStream[] {
    const candidates = new Set(this.#withPattern);
    for (const topic of update.topics) {
      for (const stream of this.#byTopic.get(topic) ?? []) candidates.add(stream);
    }
    return [...candidates].filter((stream) => stream.receives(update));
  }
}
