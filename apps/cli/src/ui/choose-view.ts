import type { RelayActivity } from '../relay/relay-activity.ts';
import type { ConnectFacts, ConnectView } from './connect-view.ts';
import { eventJson } from './event-json.ts';
import { eventLine } from './event-line.ts';
import { LineView } from './line-view.ts';
import { LiveView } from './live-view.ts';

/** JSON lines when asked for, a live view on a terminal, otherwise plain lines with a time. */
export function connectView(
  facts: ConnectFacts,
  activity: RelayActivity,
  { json, plain }: { readonly json: boolean; readonly plain: boolean },
): ConnectView {
  const write = (text: string): void => void process.stdout.write(text);
  if (json) return new LineView(write, (event) => eventJson(event, facts, new Date()));
  if (!plain && process.stdout.isTTY) return new LiveView(facts, activity);
  return new LineView(write, (event) => `${new Date().toISOString()} ${eventLine(event, facts)}`);
}
