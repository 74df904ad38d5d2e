import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from '@servonaut/plugin-sdk';
import { callTool, localContext, type LocalContextOptions } from '@servonaut/plugin-sdk/testing';
import { transferFile } from '../transfer-file.tool.ts';

type Input = Omit<z.input<typeof transferFile.input>, 'remote'> & { readonly remote?: string };

/** A server that is a folder of this machine, and a transfer folder. */
export class TransferWorld {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'servonaut-transfer-')));

  constructor() {
    mkdirSync(this.server());
    mkdirSync(this.transfers('web-1'), { recursive: true });
  }

  /** A path on the server. */
  server(name = ''): string {
    return join(this.#folder, 'server', name);
  }

  /** A path in the transfer folder. */
  transfers(name = ''): string {
    return join(this.#folder, 'transfers', name);
  }

  context(options: LocalContextOptions = {}) {
    return localContext({ server: { name: 'web-1', labels: {} }, transferFolder: this.transfers(), ...options });
  }

  /** Of `file` on the server, unless `input` says otherwise. */
  transfer(input: Input, options: LocalContextOptions = {}) {
    return callTool(transferFile, { remote: this.server('file'), ...input }, this.context(options));
  }

  stop(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
