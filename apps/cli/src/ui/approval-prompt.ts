import type { ApprovalCounter, ShownApproval } from '../approval/shown-approval.ts';
import { APPROVAL_HINT, APPROVAL_KEYS, renderApproval } from './render-approval.ts';
import type { OnKey, TerminalKeys } from './terminal-keys.ts';

/** A key that comes sooner after a question than this, in milliseconds, was meant for what stood there before: nobody can have read it. */
const READING_MS = 700;

/** Shows a question until it is answered or gone. */
export interface ShowQuestion {
  (question: { readonly text: string; readonly hint: string } | undefined): void;
}

export interface ApprovalPromptOptions {
  readonly counter: ApprovalCounter;
  readonly keys: Pick<TerminalKeys, 'listen'>;
  readonly show: ShowQuestion;
  readonly warn: (message: string) => void;
  /** Gets the keys that mean nothing here. */
  readonly onOtherKey?: OnKey;
  readonly now?: () => number;
}

/** Asks at a terminal about what waits, one after the other; the keys are its own while it asks. */
export class ApprovalPrompt {
  readonly #options: ApprovalPromptOptions;
  readonly #now: () => number;
  readonly #stop: () => void;
  #asked: ShownApproval | undefined;
  #shownAt = 0;
  /** The hash of the question whose answer is on its way. */
  #answered: string | undefined;
  #giveKeysBack: (() => void) | undefined;

  constructor(options: ApprovalPromptOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#stop = options.counter.onChange(() => this.#look());
    this.#look();
  }

  close(): void {
    this.#stop();
    this.#ask(undefined);
  }

  /** The one that is asked about stays until it is no more, or is another: then nothing that was typed counts. */
  #look(): void {
    const { waiting } = this.#options.counter;
    const same = waiting.find(({ hash }) => hash === this.#asked?.hash);
    if (!same) this.#ask(waiting[0]);
  }

  #ask(approval: ShownApproval | undefined): void {
    if (approval === this.#asked) return;
    this.#asked = approval;
    this.#shownAt = this.#now();
    this.#options.show(approval && { text: renderApproval(approval, process.stdout.columns), hint: APPROVAL_HINT });
    if (approval) this.#giveKeysBack ??= this.#options.keys.listen((...typed) => this.#take(...typed));
    else {
      this.#giveKeysBack?.();
      this.#giveKeysBack = undefined;
    }
  }

  /** What is pasted into the wrong window is no answer. */
  #take(key: string, isAlone: boolean): void {
    const { counter, warn, onOtherKey } = this.#options;
    if (!Object.hasOwn(APPROVAL_KEYS, key)) return onOtherKey?.(key, isAlone);
    const hash = this.#asked?.hash;
    const { answer } = APPROVAL_KEYS[key as keyof typeof APPROVAL_KEYS];
    // To stop everything takes no reading, and to refuse takes none either: otherwise whoever asks again and again could keep both away.
    const isRead = answer === 'pause' || answer === 'deny' || this.#now() - this.#shownAt >= READING_MS;
    if (hash === undefined || hash === this.#answered || !isAlone || !isRead) return;
    // One answer to each question, whatever is typed until it is taken.
    this.#answered = hash;
    void counter
      .answer(hash, answer)
      .catch((error: unknown) => warn((error as Error).message))
      .finally(() => {
        if (this.#answered === hash) this.#answered = undefined;
        // The very same may be asked again.
        if (this.#asked?.hash === hash) this.#shownAt = this.#now();
      });
  }
}

/** Asks about what waits at a desk: whoever opens this is there to be asked until it is closed. */
export function attendAtTerminal(
  desk: ApprovalCounter & { attend(isThere?: () => boolean): () => void },
  options: Omit<ApprovalPromptOptions, 'counter'> & { readonly isThere?: () => boolean },
): () => void {
  const leave = desk.attend(options.isThere);
  const prompt = new ApprovalPrompt({ ...options, counter: desk });
  return () => {
    leave();
    prompt.close();
  };
}
