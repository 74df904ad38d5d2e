import { createHash } from 'node:crypto';
import { canonicalJson } from '@servonaut/contracts';
import { decide, judge } from './decide.ts';
import { decisionMessage } from './decision-message.ts';
import type { ApprovalTerms, Policy, PolicyDecision, PolicyQuestion, RedactionWishes } from './policy.ts';
import type { EffectivePolicy } from './policy-schema.ts';
import { RememberedVerdicts } from './remembered-verdicts.ts';
import { classifyCommand } from './shell/classify-command.ts';
import { loadCommandTable, type CommandTable } from './shell/command-table.ts';
import type { CommandVerdict } from './shell/command-verdict.ts';

const MINUTE_MS = 60_000;

function approvalTerms({
  expire_minutes,
  remember_minutes,
  most_waiting,
}: EffectivePolicy['approvals']): ApprovalTerms {
  return {
    expireMs: expire_minutes * MINUTE_MS,
    rememberMs: remember_minutes * MINUTE_MS,
    mostWaiting: most_waiting,
  };
}

/** One policy, which does not change. */
export class StandingPolicy implements Policy {
  readonly version: string;
  readonly approvals: ApprovalTerms;
  readonly redact: RedactionWishes;
  readonly effective: EffectivePolicy;
  readonly #table: CommandTable;
  readonly #verdicts = new RememberedVerdicts();

  /** @throws ServonautError `config_invalid` when the table of commands cannot be read */
  constructor(effective: EffectivePolicy) {
    this.effective = effective;
    this.#table = loadCommandTable(effective.commands);
    this.version = createHash('sha256')
      .update(canonicalJson({ policy: effective, commands: this.#table.version }))
      .digest('base64url');
    this.approvals = approvalTerms(effective.approvals);
    this.redact = { highEntropy: effective.redact.high_entropy, patterns: effective.redact.patterns };
  }

  classOf(command: string, directory?: string): CommandVerdict {
    return this.#verdicts.of(command, directory, () => classifyCommand(command, this.#table, directory));
  }

  decide(question: PolicyQuestion): PolicyDecision {
    const call = judge(question, (command, directory) => this.classOf(command, directory));
    const decided = decide(this.effective, call);
    const ownWords = this.effective.rules.find(({ name }) => name === decided.rule)?.message;
    return {
      ...decided,
      class: call.class,
      message: decisionMessage(call, decided, ownWords),
      commands: call.commands.flatMap(({ verdict }) => verdict.commands),
      policyVersion: this.version,
    };
  }
}
