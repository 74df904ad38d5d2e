import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { operatorsVariables, type Environment } from '../session/environment.ts';

/** What shows an address in the operator's browser, by platform. None of these is a shell. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'open',
  win32: 'rundll32 url.dll,FileProtocolHandler',
};
/** Some end at once, some with the browser that they have started; one that fails does so by then, in milliseconds. */
const FAILS_WITHIN_MS = 1_000;

/**
 * @param url http or https. Other users of the machine can see it, so it must hold no code.
 * @returns whether something was there to open it
 */
export async function openBrowser(
  url: string,
  { browser, display }: Pick<Environment, 'browser' | 'display'>,
): Promise<boolean> {
  if (!/^https?:/.test(url)) return false;
  const own = display ? [OPENERS[process.platform] ?? 'xdg-open'] : [];
  for (const command of browser?.split(delimiter).filter(Boolean) ?? own) if (await starts(command, url)) return true;
  return false;
}

/** @param command words, of which `%s` is the address; without one it comes last */
async function starts(command: string, url: string): Promise<boolean> {
  const words = command.includes('%s') ? command : `${command} %s`;
  const [program = '', ...args] = words.split(' ').filter(Boolean);
  const opener = spawn(
    program,
    args.map((word) => word.replaceAll('%s', () => url)),
    { stdio: 'ignore', detached: true, env: operatorsVariables() },
  );
  try {
    const [code] = (await once(opener, 'exit', { signal: AbortSignal.timeout(FAILS_WITHIN_MS) })) as [number | null];
    return code === 0;
  } catch (error) {
    // Still running is as good as done; what cannot be started says so by another error.
    return (error as Error).name === 'AbortError';
  } finally {
    // Not before: nothing else may keep this process alive until then.
    opener.unref();
  }
}
