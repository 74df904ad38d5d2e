import type { IncomingMessage } from 'node:http';

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Whether the request comes from this machine and from nowhere else through it. A reverse proxy makes every request look local, so its
 * traces, and a public URL that is not local itself, say no; a `Host` that is not local is DNS rebinding.
 */
export function isLocalRequest(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  publicUrl: string,
): boolean {
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(headers.host ?? '') &&
    LOOPBACK_HOST.test(new URL(publicUrl).host) &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}
