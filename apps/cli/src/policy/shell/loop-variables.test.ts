import { describe, expect, it } from '@jest/globals';
import { classifyCommand } from './classify-command.ts';
import { loadCommandTable } from './command-table.ts';
import type { CommandClass } from './command-verdict.ts';

const table = loadCommandTable();

const CASES: readonly (readonly [string, CommandClass])[] = [
  ['for s in nginx mysql; do sort $s; done', 'read-only'],
  ['for s in nginx mysql; do sort "${s}.log" < "/var/log/$s"; done', 'read-only'],
  ['for d in /srv/a b; do find "$d" -name x; done', 'read-only'],
  ['for s in a b; do for t in c; do sort $s-$t; done; done', 'read-only'],
  ['for s in a b; do sort < $s; done; for s in c; do sort $s; done', 'read-only'],
  ['for s in a b; do eval "sort $s"; done', 'forbidden'],
  ["for s in a b; do eval 'sort $s'; done", 'read-only'],
  ['for s in a b; do rm $s; done', 'mutating'],
  ['for s in a /etc/motd; do rm $s; done', 'privileged'],
  ['for s in a /etc/passwd; do rm $s; done', 'forbidden'],
  ['for s in a /etc/passwd; do echo x > $s; done', 'forbidden'],
  ['for s in a /dev/tcp/web-2/80; do sort < $s; done', 'mutating'],
  ['for s in a -o/etc/x; do sort $s; done', 'forbidden'],
  ['for s in a "x -o y"; do sort $s; done', 'forbidden'],
  ['for s in a *; do sort $s; done', 'forbidden'],
  ['for f in *.log /var/log/*.log; do wc -l < "$f"; done', 'read-only'],
  ['for f in *.log; do while read -r l; do echo "$l"; done < "$f"; done', 'read-only'],
  ['for f in *.log; do f=/dev/tcp/web-2/80; wc -l < "$f"; done', 'mutating'],
  ['for f in *.log; do for f in /dev/tcp/web-2/80; do :; done; wc -l < "$f"; done', 'mutating'],
  ['for f in /dev/tcp/web-2/80*; do wc -l < "$f"; done', 'mutating'],
  ['for f in //dev/tcp/web-2/80*; do wc -l < "$f"; done', 'mutating'],
  ['for f in "$x"; do wc -l < "$f"; done', 'mutating'],
  ['for f in *; do g() { wc -l < "$f"; }; g; done', 'mutating'],
  ['for f in *; do :; done; wc -l < "$f"', 'mutating'],
  ['for s in "$x"; do sort $s; done', 'forbidden'],
  ['for s in a b; do :; done; sort $s', 'forbidden'],
  ['for s in a b; do s=-ox; sort $s; done', 'forbidden'],
  ['for s in a b; do read s; sort $s; done', 'forbidden'],
  ['for s in a b; do unset s; sort $s; done', 'forbidden'],
  ['for s in a b; do sort $s; done; f() { s=-ox; }', 'forbidden'],
  ['for s in a b; do for s in $x; do :; done; sort $s; done', 'forbidden'],
  ['for s in a b; do for s in c; do rm -rf $s; done; sort $s; done', 'forbidden'],
  ['for s in a b; do f() { sort $s; }; done; f', 'forbidden'],
  ["for s in a b; do trap 'sort $s' EXIT; done", 'forbidden'],
  ["for s in a b; do sh -c 'sort $s'; done", 'forbidden'],
  ['for s in xy-ox; do IFS=y; sort $s; done', 'forbidden'],
  ['for s in rm; do $s x; done', 'forbidden'],
  ['for s in a b; do echo $s; done; for s in *; do echo "$s"; done', 'read-only'],
];

describe('a loop over known words', () => {
  it.each(CASES)('makes %j %s', (command, expected) => {
    const { class: found, reason } = classifyCommand(command, table);
    expect([found, reason]).toEqual([expected, reason]);
  });
});
