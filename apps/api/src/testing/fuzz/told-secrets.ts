/** What is long enough to be a secret, and may be a part of one. */
const CANDIDATE = /[\w-]{32,}/g;
const SECRET_LENGTH = 43;
/** Members of answers that are there to tell one, once. */
const TOLD = /^(?:token|subscriber_token|url)$/;

/** Secrets, to be found again where they do not belong. */
export class ToldSecrets {
  readonly #secrets = new Set<string>();

  add(text: string): void {
    for (const [candidate] of text.matchAll(CANDIDATE)) this.#secrets.add(candidate.slice(-SECRET_LENGTH));
  }

  /** Takes the secrets of an answer that is to tell them; what is left of it is to tell none. */
  learn(answer: unknown): unknown {
    if (Array.isArray(answer)) return answer.map((each) => this.learn(each));
    if (typeof answer !== 'object' || answer === null) return answer;
    const members = Object.entries(answer).map(([name, value]) => {
      if (!TOLD.test(name) || typeof value !== 'string') return [name, this.learn(value)];
      this.add(value);
      return [name, ''];
    });
    return Object.fromEntries(members);
  }

  /** One that stands in a text. */
  foundIn(text: string): string | undefined {
    for (const [candidate] of text.matchAll(CANDIDATE))
      if (this.#secrets.has(candidate.slice(-SECRET_LENGTH))) return candidate;
    return undefined;
  }
}
