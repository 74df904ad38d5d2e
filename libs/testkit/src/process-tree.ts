import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes below `root`, and those that carry `mark` in the environment they were started with: the first finds what left its process group,
 * the second what left its parent. Linux only; empty where there is no /proc.
 */
export function processesOf(root: number, mark: string): number[] {
  const parents = new Map(allProcesses().map((pid) => [pid, parentOf(pid)]));
  return [...parents.keys()].filter((pid) => pid !== root && (isBelow(pid, root, parents) || carries(pid, mark)));
}

function isBelow(pid: number, root: number, parents: ReadonlyMap<number, number | undefined>): boolean {
  for (let parent = parents.get(pid); parent; parent = parents.get(parent)) {
    if (parent === root) return true;
  }
  return false;
}

function allProcesses(): number[] {
  return (read(() => readdirSync('/proc')) ?? []).filter((entry) => /^\d+$/.test(entry)).map(Number);
}

/** The command in parentheses may hold anything, so the fields are counted from its last parenthesis. */
function parentOf(pid: number): number | undefined {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

function carries(pid: number, mark: string): boolean {
  const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  return environment?.split('\0').includes(mark) ?? false;
}

/** Undefined for what has ended meanwhile or belongs to somebody else. */
function read<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
