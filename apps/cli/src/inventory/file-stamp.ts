import { stat } from 'node:fs/promises';

/** What tells whether a file, or which files are in a folder, is another than before. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, ctimeNs, mtimeNs } = await stat(path, { bigint: true });
    return `${path}:${ino}:${size}:${ctimeNs}:${mtimeNs}`;
  } catch {
    return `${path}:none`;
  }
}

/** Equal texts: none of the files has changed, come or gone. */
export async function filesStamp(paths: Iterable<string>): Promise<string> {
  return (await Promise.all([...new Set(paths)].map(stampOf))).join('\n');
}
