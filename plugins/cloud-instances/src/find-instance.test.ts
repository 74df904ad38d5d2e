import { describe, expect, it } from '@jest/globals';
import { anInstance } from './testing/instances.ts';
import { findInstance } from './find-instance.ts';

const listing = (instances: ReturnType<typeof anInstance>[], failed: { source: string; reason: string }[] = []) => ({
  instances,
  leftOut: 0,
  sources: ['aws', 'hetzner'],
  failed,
});
const two = listing([anInstance('web-1'), anInstance('web-1', { source: 'hetzner', zone: 'fsn1', key: 'h' })]);
const found = (given: typeof two, wanted: Parameters<typeof findInstance>[1]) => findInstance(given, wanted).key;

describe('the instance that is meant', () => {
  it('is the only one of its name', () => {
    expect(found(listing([anInstance('web-1'), anInstance('web-10', { key: 'other' })]), { name: 'web-1' })).toBe(
      'web-1',
    );
  });

  it('is nobody’s to guess: those of the name are told', () => {
    expect(() => findInstance(two, { name: 'web-1' })).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: '2 instances are called "web-1": aws (eu-central-1a), hetzner (fsn1).',
        facts: { sources: ['aws', 'hetzner'] },
      }),
    );
  });

  it('is told apart by its source or zone', () => {
    expect(found(two, { name: 'web-1', source: 'hetzner' })).toBe('h');
    expect(found(two, { name: 'web-1', zone: 'eu-central-1a' })).toBe('web-1');
  });

  it.each([{ name: 'web-2' }, { name: 'web-1', source: 'gcp' }, { name: 'web-1', zone: 'x' }, { name: 'web-*' }])(
    'is not found by %j',
    (wanted) => {
      expect(() => findInstance(two, wanted)).toThrow(expect.objectContaining({ code: 'not_found' }));
    },
  );

  it('is none while a source that may have another one is silent', () => {
    const partly = listing([anInstance('web-1')], [{ source: 'hetzner', reason: 'hetzner did not answer.' }]);
    expect(() => findInstance(partly, { name: 'web-1' })).toThrow(
      expect.objectContaining({ code: 'unavailable', nextStep: expect.stringContaining('"source"') }),
    );
  });

  it('is told of briefly where there are very many', () => {
    const many = listing(Array.from({ length: 10_000 }, (_, at) => anInstance('web-1', { key: String(at) })));
    expect(() => findInstance(many, { name: 'web-1' })).toThrow(/ and 9990 more\.$/);
  });
});
