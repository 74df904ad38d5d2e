import { createInterface, type Interface } from 'node:readline/promises';
import { ServonautError } from '@servonaut/contracts';

type Choices<Choice extends string> = readonly [Choice, ...Choice[]];

/** Questions with a few answers each, of which the first is the one to take when in doubt. */
export interface Answers {
  /** What was given; else what the operator chooses; else, where nobody can be asked, the first. @throws ServonautError `request_cancelled` */
  of<Choice extends string>(given: Choice | undefined, question: string, choices: Choices<Choice>): Promise<Choice>;
  end(): void;
}

/** Asks on the terminal, where there is one. */
export function answerer(): Answers {
  let terminal: Interface | undefined;
  const open = () => (terminal ??= createInterface({ input: process.stdin, output: process.stderr }));
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  return {
    of: async (given, question, choices) => given ?? (canAsk ? ask(open(), question, choices) : choices[0]),
    end: () => terminal?.close(),
  };
}

async function ask<Choice extends string>(
  terminal: Interface,
  question: string,
  choices: Choices<Choice>,
): Promise<Choice> {
  const gone = new AbortController();
  terminal.once('close', () => gone.abort(new ServonautError('request_cancelled')));
  for (;;) {
    const answer = (
      await terminal.question(`${question} ${choices.join(', ')} [${choices[0]}]: `, { signal: gone.signal })
    ).trim();
    const chosen = answer === '' ? choices[0] : choices.find((choice) => choice === answer);
    if (chosen !== undefined) return chosen;
  }
}
