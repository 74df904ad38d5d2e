import type { TopicSelector } from '../topic-selector.ts';
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
  readonly #countByGrant = new Map<string, number>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<SubscriberStream> {
    return this.#all.values();
  }

  /** Streams with exactly this grant. */
  countOf(granted: readonly TopicSelector[]): number {
    return this.#countByGrant.get(grantKey(granted)) ?? 0;
  }

  add(stream: SubscriberStream): void {
    this.#all.add(stream);
    this.#countByGrant.set(grantKey(stream.granted), this.countOf(stream.granted) + 1);
    for (const { exact, text } of stream.selectors) {
      const group = exact ? (this.#byTopic.get(text) ?? new Set()) : this.#withPattern;
      group.add(stream);
      if (exact) this.#byTopic.set(text, group);
    }
  }

  delete(stream: SubscriberStream): void {
    // A stream is taken out when it is ended, and once more when its connection closes.
    if (!this.#all.delete(stream)) return;
    this.#withPattern.delete(stream);
    const left = this.countOf(stream.granted) - 1;
    if (left > 0) this.#countByGrant.set(grantKey(stream.granted), left);
    else this.#countByGrant.delete(grantKey(stream.granted));
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

/** In the order of the token, which its issuer chose: nobody can vary it. A line feed stands in no topic. */
function grantKey(granted: readonly TopicSelector[]): string {
  return granted.map(({ text }) => text).join('\n');
}
