import { describe, expect, it } from '@jest/globals';
import { dataTable } from './data-table.ts';

describe('dataTable', () => {
  it('aligns what it shows, numbers to the right, and leaves out the other fields', () => {
    const rows = [
      { name: 'a', size: 5, ports: ['80', '443'], hidden: 'x' },
      { name: 'longer', size: 1_234, ports: [], hidden: 'y' },
    ];
    expect(dataTable(rows, ['name', 'size', 'ports'])).toBe(
      'name    size  ports\na          5  80, 443\nlonger  1234  -',
    );
  });

  it('has a dash for what a row lacks, and one line for each row', () => {
    const rows = [{ name: 'two\nlines', size: null }];
    expect(dataTable(rows, ['name', 'size'])).toBe('name       size\ntwo lines     -');
  });

  it('says how many are left out', () => {
    expect(dataTable([{ name: 'a' }], ['name'], 3)).toBe('name\na\n[3 more left out; raise most or narrow the call]');
  });

  it('lets one long cell push its own row alone', () => {
    const long = 'x'.repeat(60);
    expect(
      dataTable(
        [
          { name: long, size: 1 },
          { name: 'a', size: 2 },
        ],
        ['name', 'size'],
      ).split('\n'),
    ).toEqual([`name${' '.repeat(36)}  size`, `${long}     1`, `a${' '.repeat(39)}     2`]);
  });
});
