import { Command, Flags } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import { PROFILE_FLAGS } from '../../profile-flag.ts';

export class AdminAuditVerify extends Command {
  static override readonly summary = 'Prove that the audit is as it was written.';
  static override readonly description =
    'Reads an export on this machine, so that the coordinator need not be believed: finds records that were removed, changed or moved, an end that was cut off, and chains that are gone. An export of one chain is verified with --chain or --user. Exits with 80 when something is not as it was written, with 81 when the export broke off. That records and head were put back to an older state together shows only beside a head that somebody kept: keep those that this prints, and the key.';
  static override readonly examples = [
    '<%= config.bin %> admin audit verify',
    '<%= config.bin %> admin audit verify --user 42 --expect-head 17:HASH',
    '<%= config.bin %> admin audit verify --file audit.jsonl --key KEY',
    '<%= config.bin %> admin audit export | <%= config.bin %> admin audit verify --file -',
  ];
  static readonly json =
    '{"records", "faults", "complete", "chains": [{"chain", "first_seq", "seq", "hash", "at"}], "found": […], "error"?}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    user: Flags.string({ description: 'Only the chain of this user, by id.', exclusive: ['chain'] }),
    chain: Flags.string({ description: 'Only this chain, such as "coordinator".' }),
    file: Flags.string({
      description: 'An export in place of what the coordinator has now; "-" is stdin.',
      helpValue: 'PATH',
    }),
    'expect-head': Flags.string({
      description:
        'A head that was kept; it has to be in the chain. CHAIN:SEQ:HASH, or SEQ:HASH with --user or --chain.',
      helpValue: 'HEAD',
      multiple: true,
      multipleNonGreedy: true,
    }),
    key: Flags.string({
      description: 'Public key that signs heads, as it was kept; otherwise whatever the coordinator says.',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AdminAuditVerify);
    const [{ withRest }, { coordinatorKeys, exportedAudit, filedAudit }, { readKept }] = await Promise.all([
      import('../../../services/rest/open-rest.ts'),
      import('../../../services/audit/audit-source.ts'),
      import('../../../services/audit/kept-head.ts'),
    ]);
    const { file, key = [] } = flags;
    const chain = flags.chain ?? (flags.user === undefined ? undefined : `user:${flags.user}`);
    const kept = (flags['expect-head'] ?? []).map((text) => readKept(text, chain));
    const how = { kept, isComplete: chain === undefined, json: flags.json };
    const rest = { profile: flags.profile, warn: (message: string) => this.logToStderr(message) };
    if (file === undefined)
      return withRest(rest, async (client) => this.#verify({ ...(await exportedAudit(client, chain, key)), ...how }));
    const keys = key.length > 0 ? key : await withRest(rest, coordinatorKeys);
    await this.#verify({ chunks: await filedAudit(file), keys, ...how });
  }

  async #verify({ json, ...source }: Source): Promise<void> {
    const [{ verifyAudit }, { VerificationView }, { exitCodeOf }] = await Promise.all([
      import('../../../services/audit/audit-verification.ts'),
      import('../../../ui/verification-view.ts'),
      import('../../../ui/render-error.ts'),
    ]);
    const view = new VerificationView(json, (text) => void process.stdout.write(text));
    const [onHead, onFault] = [view.head.bind(view), view.fault.bind(view)];
    const done = await verifyAudit({ ...source, onHead, onFault });
    const error = noProof(view.faults, done);
    view.end(done, error);
    if (!error) return;
    if (!json) throw error;
    process.exitCode = exitCodeOf(error);
  }
}

interface Source {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly keys: readonly string[];
  readonly kept: readonly { chain: string; seq: number; hash: string }[];
  readonly isComplete: boolean;
  readonly json: boolean;
}

function noProof(faults: number, done: { chains: number; brokenOff: Error | undefined }): ServonautError | undefined {
  if (faults > 0)
    return new ServonautError('audit_tampered', {
      message: `The audit is not as it was written: ${faults} ${faults === 1 ? 'fault' : 'faults'}.`,
      facts: { faults },
    });
  if (done.brokenOff) return new ServonautError('audit_incomplete', { cause: done.brokenOff });
  if (done.chains === 0) return new ServonautError('not_found', { message: 'There is no such chain in the audit.' });
  return undefined;
}
