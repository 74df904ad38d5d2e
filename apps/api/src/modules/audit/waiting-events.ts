import type { PreparedEvent } from './audit-event.ts';

/** How many events wait, and how long their texts are together. */
export class WaitingEvents {
  #count = 0;
  #length = 0;

  get count(): number {
    return this.#count;
  }

  add(events: readonly PreparedEvent[]): void {
    for (const { text } of events) this.#change(1, text.length);
  }

  remove(events: readonly PreparedEvent[]): void {
    for (const { text } of events) this.#change(-1, -text.length);
  }

  addAll(others: WaitingEvents): void {
    this.#change(others.#count, others.#length);
  }

  removeAll(others: WaitingEvents): void {
    this.#change(-others.#count, -others.#length);
  }

  isWithin({ count, length }: { readonly count: number; readonly length: number }): boolean {
    return this.#count < count && this.#length < length;
  }

  #change(count: number, length: number): void {
    this.#count += count;
    this.#length += length;
  }
}
