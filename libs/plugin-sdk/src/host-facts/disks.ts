import type { Disk } from './host-facts.ts';

/** Mounts of the system's own, which hold nothing that anybody stored. */
const SYSTEM_MOUNT = /^\/(proc|sys|dev|run|snap)(\/|$)/;
const MEMORY_FILE_SYSTEMS = new Set([
  'tmpfs',
  'devtmpfs',
  'ramfs',
  'udev',
  'none',
  'overlay',
  'shm',
  'devfs',
  'procfs',
  'map',
]);

/** POSIX df -P: source, KiB, used, available, capacity, mount. Either name may hold spaces. */
const DF_LINE = /^(.+?)\s+(\d+)\s+(\d+)\s+-?\d+\s+(\d+)%\s+(\/.*)$/;

/**
 * Disks of a server from df(1), in its order. A source that is mounted twice counts once, under its shorter name. The source itself is
 * left out: of a network file system it is an address.
 */
export function parseDisks(lines: readonly string[]): Disk[] {
  const disks = new Map<string, Disk>();
  for (const line of lines) {
    const [, source = '', size, used, percent, mount = ''] = DF_LINE.exec(line) ?? [];
    if (!mount || Number(size) === 0 || !holdsData(source, mount)) continue;
    const known = disks.get(source);
    if (known && known.mount.length <= mount.length) continue;
    disks.set(source, {
      mount,
      size_bytes: Number(size) * 1024,
      used_bytes: Number(used) * 1024,
      used_percent: Number(percent),
    });
  }
  return [...disks.values()];
}

/** In a container the root itself is an overlay. */
function holdsData(source: string, mount: string): boolean {
  if (mount === '/') return true;
  return (
    !SYSTEM_MOUNT.test(mount) && !MEMORY_FILE_SYSTEMS.has(source.split(' ')[0] ?? '') && !source.startsWith('/dev/loop')
  );
}
