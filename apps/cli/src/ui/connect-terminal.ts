import type { ApprovalDesk } from '../approval/approval-desk.ts';
import type { PauseSwitch } from '../pause/pause-switch.ts';
import { attendAtTerminal } from './approval-prompt.ts';
import type { ConnectView } from './connect-view.ts';
import { pauseByKey, tellOfPauses } from './pause-keys.ts';
import { TerminalKeys } from './terminal-keys.ts';

/**
 * What an operator can do in the terminal of `connect`: pause, and answer what they are asked. Where there is none, they are told of pauses alone.
 * @returns ends it
 */
export function attendToConnect(
  view: ConnectView,
  { pause, approvals }: { readonly pause: PauseSwitch; readonly approvals: ApprovalDesk },
  json: boolean,
): () => void {
  const report = view.show.bind(view);
  tellOfPauses(pause, report);
  const keys = json ? undefined : TerminalKeys.open();
  if (!keys || !view.ask) return () => keys?.close();
  pauseByKey(keys, pause, report);
  const warn = (message: string): void => report({ event: 'warning', message });
  const leave = attendAtTerminal(approvals, { keys, show: view.ask, warn, isThere: () => keys.isThere });
  return () => {
    leave();
    keys.close();
  };
}
