import { expect, it } from '@jest/globals';
import { renderChange } from './render-change.ts';

it('shows which lines go and which come, and leaves the others as they are', () => {
  expect(renderChange('[Unit]\nA=1\nB=2\n\nC=3\n', '[Unit]\nB=2\nA=2\n\nC=3\nD=4\n').split('\n')).toEqual([
    '  [Unit]',
    '- A=1',
    '  B=2',
    '+ A=2',
    '  ',
    '  C=3',
    '+ D=4',
  ]);
  expect(renderChange('same\n', 'same\n')).toBe('  same');
});
