import { existsSync } from 'node:fs';
import { run } from './run.ts';
import { startProcess } from './test-process.ts';
import { testAccount } from './test-account.ts';
import { waitFor } from './wait-for.ts';

const DAEMON = '/lib/systemd/systemd-journald';
const SOCKET = '/run/systemd/journal/socket';
/** systemd's SD_MESSAGE_COREDUMP: `journalctl -u` takes such a message of root's for the unit that it names (systemd.journal-fields(7)). */
const ABOUT_A_UNIT = 'fc2e22bc6ee647b6b90729ab34a250b1';

export interface TestJournal {
  /** Writes one entry that `journalctl -u UNIT` shows. */
  write(unit: string, message: string): Promise<void>;
  stop(): Promise<void>;
}

/** Whether {@link startJournald} can work here: it takes systemd's journal, and root. */
export function journaldAvailable(): boolean {
  return process.getuid?.() === 0 && existsSync(DAEMON);
}

/**
 * The machine's journal, or one that is started for the test. The account that tests log in as may read it afterwards.
 * @throws Error where it is not available
 */
export async function startJournald(): Promise<TestJournal> {
  if (!journaldAvailable()) throw new Error(`a journal takes root and ${DAEMON}`);
  const running = await run('pgrep', ['-x', 'systemd-journal']).then(
    () => true,
    () => false,
  );
  const daemon = running ? undefined : await startProcess({ command: DAEMON });
  await waitFor(() => existsSync(SOCKET), { what: 'the journal to listen', timeoutMs: 5_000 });
  // What tmpfiles.d does at boot where systemd is in charge.
  if (daemon) await run('chgrp', ['-R', 'systemd-journal', '/run/log/journal']);
  await run('usermod', ['-aG', 'systemd-journal', (await testAccount()).name]);
  return {
    write: async (unit, message) => {
      const fields = [`MESSAGE_ID=${ABOUT_A_UNIT}`, `COREDUMP_UNIT=${unit}`, `MESSAGE=${message}`];
      const writer = await startProcess({ command: 'logger', args: ['--journald'], stdin: fields.join('\n') + '\n' });
      await writer.exited;
      const shown = (): Promise<boolean> =>
        run('journalctl', ['-u', unit, '-o', 'cat', '--no-pager']).then(({ stdout }) => stdout.includes(message));
      await waitFor(shown, { what: `the journal to show "${message}"`, timeoutMs: 5_000 });
    },
    stop: async () => {
      await daemon?.stop();
    },
  };
}
