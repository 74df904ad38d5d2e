import { sh, type ShellCommand } from '@servonaut/plugin-sdk';

/** Bytes of a file up to which it is read, or copied, as a whole. */
export const LARGEST_WHOLE = 16 * 1024 * 1024;

/** Prints the SHA-256 of a file, among other words, by what Linux, BSD and macOS have for it; nothing where they have nothing. */
export function digestOf(path: string): ShellCommand {
  return sh`if command -v sha256sum >/dev/null 2>&1; then sha256sum < ${path}
elif command -v shasum >/dev/null 2>&1; then shasum -a 256 < ${path}
elif command -v sha256 >/dev/null 2>&1; then sha256 -q < ${path}
elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 < ${path}
fi`;
}

/** In hexadecimal digits. */
export function parseDigest(line: string): string | undefined {
  return /\b[0-9a-f]{64}\b/.exec(line)?.[0];
}
