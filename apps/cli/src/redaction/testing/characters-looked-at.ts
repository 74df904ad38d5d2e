import { Matcher, RE2JS } from 're2js';

/**
 * How many characters of texts are looked at while something is done, which is what it costs on any machine: each that RE2 steps over, and of an expression
 * of JavaScript or a search for a mark all between where it began and where it ended. One that is bound to a place and does not fit there counts as one.
 * Not counted is that RE2 asks the runtime, before each match, whether marks that must be there are: fast, and over one line at most.
 */
export function charactersLookedAt(work: () => void): number {
  let [count, within] = [0, 0];
  const inRe2 = (original: Method): Method =>
    function (this: unknown, ...given: unknown[]): unknown {
      within += 1;
      const result: unknown = Reflect.apply(original, this, given);
      within -= 1;
      return result;
    };
  const restore = [
    replaced(RE2JS.prototype, 'test', inRe2),
    ...['find', 'group', 'start', 'end'].map((name) => replaced(Matcher.prototype, name, inRe2)),
    replaced(String.prototype, 'charCodeAt', (original) => {
      return function (this: string, at?: number): number {
        count += 1;
        return Reflect.apply(original, this, [at]) as number;
      };
    }),
    replaced(String.prototype, 'indexOf', (original) => {
      return function (this: string, mark: string, from = 0): number {
        const found = Reflect.apply(original, this, [mark, from]) as number;
        if (within === 0) count += (found < 0 ? this.length : found) - from + 1;
        return found;
      };
    }),
    replaced(RegExp.prototype, 'exec', (original) => {
      return function (this: RegExp, text: string): RegExpExecArray | null {
        const from = this.global || this.sticky ? this.lastIndex : 0;
        const found = Reflect.apply(original, this, [text]) as RegExpExecArray | null;
        const isBound = this.sticky || this.source.startsWith('^');
        count += 1 + (found ? found.index + found[0].length - from : isBound ? 0 : text.length - from);
        return found;
      };
    }),
  ];
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return count;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- whatever the built-in takes, it is called with
type Method = Function;

function replaced(prototype: object, name: string, counting: (original: Method) => Method): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  Object.defineProperty(prototype, name, { ...descriptor, value: counting(descriptor.value as Method) });
  return () => Object.defineProperty(prototype, name, descriptor);
}
