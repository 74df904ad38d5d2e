import { describe, expect, it } from '@jest/globals';
import { directoryFits } from './rule-directories.ts';

describe('the folder of a command', () => {
  it.each<[pattern: string, directory: string | undefined, fits: boolean | 'unknown']>([
    ['/srv/**', '/srv', true],
    ['/srv/**', '/srv/app/data', true],
    ['/srv/**', '/srvice', false],
    ['/srv/**', '/', false],
    ['/srv/*', '/srv/app', true],
    ['/srv/*', '/srv/app/data', false],
    ['/srv/*', '/srv', false],
    ['/srv/app-*/data', '/srv/app-1/data', true],
    ['/**/data/**', '/srv/a/data/b', true],
    ['/**/data/**/x', '/data/y', false],
    ['/srv', '//srv///./', true],
    ['/', '/', true],
    ['/**', '/anything', true],
    ['/srv/**', undefined, 'unknown'],
    ['/srv/**', 'srv', 'unknown'],
    ['/srv/**', '~/srv', 'unknown'],
    ['/srv/**', '', 'unknown'],
    ['/srv/**', '/srv/app/../../etc', 'unknown'],
    ['/srv/**', '/srv/..x', true],
  ])('%s for %j: %s', (pattern, directory, fits) => {
    expect(directoryFits([pattern], directory)).toBe(fits);
  });

  it('takes no longer for patterns that are made to', () => {
    const pattern = '/**/a'.repeat(800);
    expect(directoryFits([pattern], `${'/a'.repeat(1_500)}/b`)).toBe(false);
  });
});
