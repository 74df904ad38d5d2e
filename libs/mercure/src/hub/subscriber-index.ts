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
  readonly #byGrant = new Tally();
  readonly #bySubject = new Tally();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<SubscriberStream> {
    return this.#all.values();
  }

  /** Streams with exactly this grant. */
  countOfGrant(granted: readonly TopicSelector[]): number {
    return this.#byGrant.of(grantKey(granted));
  }

  /** Streams under tokens of the subject. Tokens that name nobody have nothing in common: 0. */
  countOfSubject(subject: string | undefined): number {
    return subject === undefined ? 0 : this.#bySubject.of(subject);
  }

  add(stream: SubscriberStream): void {
    this.#all.add(stream);
    this.#count(stream, 1);
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
    this.#count(stream, -1);
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

  #count({ granted, subject }: SubscriberStream, change: 1 | -1): void {
    this.#byGrant.add(grantKey(granted), change);
    if (subject !== undefined) this.#bySubject.add(subject, change);
  }
}

/** How many there are of each key; keys of which there are none take no room. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, change: 1 | -1): void {
    const count = this.of(key) + change;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

/** In the order of the token, which its issuer chose: nobody can vary it. A line feed stands in no topic. */
function grantKey(granted: readonly TopicSelector[]): string {
  return granted.map(({ text }) => text).join('\n');
}
