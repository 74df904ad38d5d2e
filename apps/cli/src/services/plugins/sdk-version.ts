import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServonautError } from '@servonaut/contracts';

export const SDK = '@servonaut/plugin-sdk';

/** Folder of the SDK that this command line has, which its plugins get, too. */
export function sdkFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.resolve(SDK))));
}

export function sdkVersion(): string {
  return (JSON.parse(readFileSync(join(sdkFolder(), 'package.json'), 'utf8')) as { version: string }).version;
}

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;
const CARET = /^\^(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?$/;

type Numbers = readonly [number, number, number];

const numbers = (found: RegExpExecArray): Numbers =>
  [1, 2, 3].map((at) => Number(found[at] ?? 0)) as unknown as Numbers;

/** Of npm's ranges those that say what an SDK promises: `^0.1`, or several with `||` between them. Undefined for another. */
export function isWithin(version: string, range: string): boolean | undefined {
  const has = VERSION.exec(version);
  const wanted = range.split('||').map((part) => CARET.exec(part.trim()));
  if (!has || wanted.some((part) => !part)) return undefined;
  return wanted.some((part) => part && keepsPromise(numbers(has), numbers(part)));
}

/** The first number that is not 0 stands for what may break. */
function keepsPromise(has: Numbers, wanted: Numbers): boolean {
  const breaking = wanted.findIndex((number) => number > 0);
  if (breaking === -1) return has[0] === 0;
  const isSame = wanted.every((number, at) => at > breaking || has[at] === number);
  return isSame && (has[1] - wanted[1] || has[2] - wanted[2]) >= 0;
}

/**
 * Whether a plugin is written for the SDK of this command line, by the range in its peerDependencies.
 * @throws ServonautError `config_invalid` that says which of the two has to be another
 */
export function checkSdk(plugin: string, pjson: Readonly<Record<string, unknown>>, version = sdkVersion()): void {
  const range = (pjson['peerDependencies'] as Readonly<Record<string, unknown>> | undefined)?.[SDK];
  const fits = typeof range === 'string' ? isWithin(version, range) : undefined;
  if (fits) return;
  if (fits === undefined) {
    throw new ServonautError('config_invalid', {
      message: `The plugin ${plugin} does not say which SDK it is written for.`,
      nextStep: `Its author names it in package.json: "peerDependencies": { "${SDK}": "^${version}" }.`,
    });
  }
  throw new ServonautError('config_invalid', {
    message: `The plugin ${plugin} is written for ${SDK} ${String(range)}, and this command line has ${version}.`,
    nextStep: 'Install a version of the plugin that goes with this one, or another version of servonaut.',
  });
}
