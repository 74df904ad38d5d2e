import { Command, Flags } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class AuditVerify extends Command {
  static override readonly summary = 'Prove that the audit of this machine is as it was written.';
  static override readonly description =
    'Finds entries that were removed, changed or moved. That its end was cut off, or all of it written anew, shows only beside what somebody else has kept: a head that this has printed, or the hashes that the coordinator was told with each result. Exits with 80 when something is not as it was written.';
  static override readonly examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --against-coordinator',
    '<%= config.bin %> audit verify --expect-head 17:HASH',
  ];
  static readonly json =
    '{"entries", "first_seq", "head": {"seq", "hash"} | null, "torn", "trim"?, "faults": […], "comparison"?, "error"?}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    'against-coordinator': Flags.boolean({
      description: 'Compare with what the coordinator was told, in both directions.',
    }),
    'expect-head': Flags.string({
      description: 'A head that was kept; it has to be in the chain.',
      helpValue: 'SEQ:HASH',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditVerify);
    const [{ openSession }, { readHead, verifyLocalAudit }, { renderVerification, verificationJson }] =
      await Promise.all([
        import('../../session/session.ts'),
        import('../../services/local-audit/local-audit-verification.ts'),
        import('../../ui/render-local-audit.ts'),
      ]);
    const kept = (flags['expect-head'] ?? []).map(readHead);
    const rows = flags['against-coordinator'] ? await this.#coordinators(flags.profile) : undefined;
    const { chain, comparison } = await verifyLocalAudit(openSession(flags.profile).paths.stateDir, kept, rows);
    const error = noProof(chain.faults.length + (comparison?.disagreements.length ?? 0));
    const { errorJson, exitCodeOf } = await import('../../ui/render-error.ts');
    if (flags.json)
      process.stdout.write(
        `${JSON.stringify({ ...verificationJson(chain, comparison), ...(error && errorJson(error)) })}\n`,
      );
    else process.stdout.write(renderVerification(chain, comparison));
    if (!error) return;
    if (!flags.json) throw error;
    process.exitCode = exitCodeOf(error);
  }

  async #coordinators(profile: string | undefined) {
    const [{ withRest }, { coordinatorsHashes }] = await Promise.all([
      import('../../services/rest/open-rest.ts'),
      import('../../services/local-audit/executor-hashes.ts'),
    ]);
    return withRest({ profile, warn: (message) => this.logToStderr(message) }, coordinatorsHashes);
  }
}

function noProof(faults: number): ServonautError | undefined {
  if (faults === 0) return undefined;
  return new ServonautError('audit_tampered', {
    message: `The audit of this machine is not as it was written, or not as the coordinator knows it: ${faults} ${faults === 1 ? 'fault' : 'faults'}.`,
    nextStep: 'Keep its folder as it is, and find out who could write to it, or to the audit of the coordinator.',
    facts: { faults },
  });
}
