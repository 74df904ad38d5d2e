import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const repository = new URL('../../', import.meta.url).pathname;

/** A registry of npm on loopback, which has what is installed in this checkout and nothing else. */
export interface CheckoutRegistry {
  readonly url: string;
  close(): Promise<void>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly link?: boolean }>>;
}

/** Folders of a package, one for each version that is installed. */
function foldersOf(name: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as Lock;
  return Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`) && packages[path]?.link !== true);
}

function packument(name: string, url: string): object {
  const versions = foldersOf(name).map((folder) => {
    const pjson = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as { version: string };
    return [pjson.version, { ...pjson, dist: { tarball: `${url}/-/${folder}` } }] as const;
  });
  return { name, 'dist-tags': { latest: versions[0]?.[0] }, versions: Object.fromEntries(versions) };
}

async function sendTarball(folder: string, response: ServerResponse): Promise<void> {
  const [parent, name] = [dirname(join(repository, folder)), basename(folder)];
  const tar = spawn('tar', ['-C', parent, '--exclude', `${name}/node_modules`, '-cf', '-', name]);
  await pipeline(tar.stdout, response);
}

/** What npm asks for is answered from `node_modules`, so that a test needs no network. */
export async function checkoutRegistry(): Promise<CheckoutRegistry> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1);
    if (path.startsWith('-/')) return void sendTarball(path.slice(2), response).catch(() => response.destroy());
    const isKnown = foldersOf(path).length > 0;
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? packument(path, url) : { error: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
