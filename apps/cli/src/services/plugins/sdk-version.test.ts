import { describe, expect, it } from '@jest/globals';
import { checkSdk, isWithin, SDK } from './sdk-version.ts';

describe('the range of an SDK', () => {
  it.each([
    ['0.1.0', '^0.1', true],
    ['0.1.4', '^0.1.2', true],
    ['0.1.1', '^0.1.2', false],
    ['0.2.0', '^0.1.2', false],
    ['0.2.0', '^0.1.2 || ^0.2', true],
    ['1.4.0', '^1.2.9', true],
    ['1.2.8', '^1.2.9', false],
    ['2.0.0', '^1', false],
    ['0.0.3', '^0.0.3', true],
    ['0.0.4', '^0.0.3', false],
    ['1.0.0', '^0', false],
    ['0.9.0', '^0', true],
  ])('%s of %s: %s', (version, range, fits) => expect(isWithin(version, range)).toBe(fits));

  it.each(['*', '>=0.1', '0.1.0', '', 'latest', '^0.1 || *'])('is not told by %j', (range) => {
    expect(isWithin('0.1.0', range)).toBeUndefined();
  });
});

describe('checkSdk', () => {
  it('accepts what is written for the SDK that is here', () => {
    expect(() => checkSdk('a', { peerDependencies: { [SDK]: '^0.1.0' } }, '0.1.3')).not.toThrow();
  });

  it.each([
    [
      { peerDependencies: { [SDK]: '^0.2.0' } },
      'is written for @servonaut/plugin-sdk ^0.2.0, and this command line has',
    ],
    [{ dependencies: { [SDK]: '^0.1.0' } }, 'does not say which SDK it is written for'],
    [{}, 'does not say which SDK it is written for'],
  ])('refuses %j and says what to do', (pjson, message) => {
    const refusal = { code: 'config_invalid', message: expect.stringContaining(message) };
    expect(() => checkSdk('a', pjson, '0.1.0')).toThrow(expect.objectContaining(refusal));
  });
});
