import type { SecretPlace, SecretRule } from '../secret-rule.ts';
import { isNamed } from './plain-words.ts';

/** The whole name. */
const NAME = String.raw`[\w./-]*(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|(?:api|access|private|auth|encryption|signing|master|secret)[_-]?key|(?:[_.-]|db|user)pass|webhook_url|session_?id)[\w.-]*`;

/** In quotes: where these are escaped themselves, up to the next that are no more so. */
const QUOTED = String.raw`"((?:[^"\\]|\\.)+)|'((?:[^'\\]|\\.)+)|\\{1,3}"((?:[^"\\]|\\\\\\"|\\[^"])+)|\\{1,3}'((?:[^'\\]|\\[^'])+)`;

const valueOf = (values: readonly (string | undefined)[]): string => values.find((value) => value !== undefined) ?? '';

const DATA = /\\?"(?:stringData|data)\\?"\s{0,4}:\s{0,4}\{([^{}]{1,65536})\}/g;
const DATUM = /\\?":\s{0,4}\\?"([^"\\]{4,})\\?"/g;

/** What a Secret of Kubernetes holds that is written in one line, as it stands in an annotation of itself. */
function* kubernetesSecret(line: string): Generator<SecretPlace> {
  if (!/"kind\\?"\s{0,4}:\s{0,4}\\?"Secret\\?"/.test(line)) return;
  for (const data of line.matchAll(DATA))
    for (const datum of (data[1] ?? '').matchAll(DATUM)) {
      const end =
        data.index +
        data[0].length -
        1 -
        (data[1] ?? '').length +
        datum.index +
        datum[0].lastIndexOf(datum[1] ?? '') +
        (datum[1] ?? '').length;
      const start = end - (datum[1] ?? '').length;
      yield { from: start, to: end, start, end };
    }
}

/** Values whose names stand elsewhere than before a sign, or are no names of secrets by themselves. */
export const PAIRED_VALUES: readonly SecretRule[] = [
  {
    kind: 'named-secret',
    keywords: ['apiversion', 'stringdata'],
    find: kubernetesSecret,
    source: 'Kubernetes, Secret (v1)',
  },
  {
    kind: 'named-secret',
    keywords: ['value"', "value'", 'value=', 'value:'],
    pattern: String.raw`(?i)\b(?:name|key)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(${NAME})\\?["']?[,\s]{1,4}\\?["']?value\\?["']?\s{0,4}[:=]\s{0,4}(?:${QUOTED}|([^\s"',}]+))`,
    accepts: ([, name = '', ...values]) => isNamed(name, valueOf(values)),
    source: 'environments in JSON, properties in XML',
  },
  {
    kind: 'named-secret',
    keywords: ['define('],
    pattern: String.raw`(?i)define\(\s{0,4}["'](?:${NAME}|\w*_(?:key|salt))["']\s{0,4},\s{0,4}(?:${QUOTED})`,
    source: 'PHP, define(); wp-config.php',
  },
  {
    kind: 'named-secret',
    keywords: ['key=base64:'],
    pattern: String.raw`(?i)key=base64:([a-z0-9+/]{40,}={0,2})`,
    source: 'Laravel, APP_KEY',
  },
  {
    kind: 'named-secret',
    keywords: ['"d"', '"p"', '"q"', '"dp"', '"dq"', '"qi"', '"k"', '"d\\"', '"k\\"'],
    pattern: String.raw`"(?:d|p|q|dp|dq|qi|k)\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9_-]{40,})\\?"`,
    source: 'RFC 7518 section 6, JSON Web Keys',
  },
];
