import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What shows an address in the operator's browser, by platform. None of these is a shell. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/**
 * @param url http or https. Other users of the machine can see it, so it must hold no code.
 * @returns whether something was there to open it
 */
export async function openBrowser(url: string, environment: { readonly display: boolean }): Promise<boolean> {
  if (!environment.display || !/^https?:/.test(url)) return false;
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const opener = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  opener.unref();
  return once(opener, 'spawn').then(
    () => true,
    () => false,
  );
}
