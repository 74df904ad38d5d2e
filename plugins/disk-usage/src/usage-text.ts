import { dataTable } from '@servonaut/plugin-sdk';
import type { DiskRow } from './disks.ts';
import type { Folders } from './folders.ts';

/** The disks, then the folders where they were asked for. */
export function usageText({
  disks,
  folders,
}: {
  readonly disks: readonly DiskRow[];
  readonly folders?: Folders;
}): string {
  const table = dataTable(disks, ['mount', 'used_percent', 'inodes_percent', 'used', 'size']);
  return folders ? `${table}\n\n${foldersText(folders)}` : table;
}

function foldersText({ rows, has_more: more, timed_out: cut, unreadable }: Folders): string {
  const notes = [
    ...(more ? ['there are smaller ones that are left out; raise most to see them'] : []),
    ...(cut ? ['the time was up before all was counted; raise seconds, or give a folder further down'] : []),
    ...(unreadable ? ['some folders could not be read and are not counted'] : []),
  ];
  const table = rows.length === 0 ? 'No folder was counted.' : dataTable(rows, ['size', 'path']);
  return [table, ...notes.map((note) => `[${note}]`)].join('\n');
}
