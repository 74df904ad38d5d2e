import { RelayActivity, type Activity } from '../relay/relay-activity.ts';
import type { Report } from '../relay/relay-event.ts';
import type { ConnectFacts, ConnectView } from './connect-view.ts';
import { eventJson } from './event-json.ts';
import { eventLine } from './event-line.ts';
import { LineView } from './line-view.ts';
import { LiveView } from './live-view.ts';

/** A view, and what gathers from all that is reported what goes on. */
interface AttendedView {
  readonly view: ConnectView;
  readonly report: Report;
  readonly activity: () => Activity;
}

export function openView(facts: ConnectFacts, flags: ViewFlags): AttendedView {
  const activity = new RelayActivity();
  const view = connectView(facts, activity, flags);
  const report: Report = (event) => {
    activity.take(event);
    view.show(event);
  };
  return { view, report, activity: () => activity.current };
}

interface ViewFlags {
  readonly json: boolean;
  readonly plain: boolean;
  /** What TERM says that the terminal is. */
  readonly term: string | undefined;
}

/** JSON lines when asked for, a live view on a terminal that can move its cursor, otherwise plain lines with a time. */
function connectView(facts: ConnectFacts, activity: RelayActivity, { json, plain, term }: ViewFlags): ConnectView {
  const write = (text: string): void => void process.stdout.write(text);
  if (json) return new LineView(write, (event) => eventJson(event, facts, new Date()));
  if (!plain && process.stdout.isTTY && term !== 'dumb') return new LiveView(facts, activity);
  return new LineView(write, (event) => `${new Date().toISOString()} ${eventLine(event, facts)}`);
}
