import { compileUriTemplate } from './uri-template.ts';

/** A topic selector of protocol 0.x: `*`, an exact topic, or an RFC 6570 URI template. */
export interface TopicSelector {
  readonly text: string;
  /** True when it matches its own text and nothing else, so that a hash look-up answers for it. */
  readonly exact: boolean;
  matches(topic: string): boolean;
}

/** Never throws: what is not a valid template is an exact topic. */
export function compileTopicSelector(text: string): TopicSelector {
  if (text === '*') return { text, exact: false, matches: () => true };
  const template = text.includes('{') ? compileUriTemplate(text) : undefined;
  if (template === undefined) return { text, exact: true, matches: (topic) => topic === text };
  return { text, exact: false, matches: remembered((topic) => topic === text || template.matches(topic)) };
}

/** A subscriber mostly sees one topic again and again; remembering it makes a costly template cost once. */
function remembered(matches: (topic: string) => boolean): (topic: string) => boolean {
  let last: { readonly topic: string; readonly matched: boolean } | undefined;
  return (topic) => {
    if (last?.topic !== topic) last = { topic, matched: matches(topic) };
    return last.matched;
  };
}

/** Whether one of the selectors matches one of the topics: enough to receive an update. */
export function matchesAny(selectors: readonly TopicSelector[], topics: readonly string[]): boolean {
  return topics.some((topic) => selectors.some((selector) => selector.matches(topic)));
}

/** Whether every topic is matched by a selector: needed to publish an update. */
export function coversAll(selectors: readonly TopicSelector[], topics: readonly string[]): boolean {
  return topics.every((topic) => selectors.some((selector) => selector.matches(topic)));
}
