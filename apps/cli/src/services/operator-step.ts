import { errorRow, type ErrorCode, type ServonautError } from '@servonaut/contracts';

/** In place of the steps of the table, which speak to agents. */
const OPERATOR_STEPS: Partial<Record<ErrorCode, string>> = {
  unknown_server: 'Run "servonaut servers list" for the names.',
  server_unreachable: 'Check that the server is up, and host and port in its configuration.',
  connect_timeout: 'Check host and port, and whether a firewall drops what is sent there.',
  ssh_auth_failed: 'Check user and key file; "ssh -v" shows what is offered and why it is refused.',
  host_key_unknown:
    'Compare the fingerprint that "servonaut servers trust NAME" shows, and say yes there if it is right.',
  host_key_changed: 'Find out why before you go on: either the server was set up anew, or somebody stands in between.',
  executor_paused: '"servonaut resume" ends the pause.',
  policy_denied: '"servonaut policy show" shows the rules, and "servonaut policy test" which one decides.',
  approval_declined: 'Nothing, if that was meant; the same command asks again.',
  timed_out: 'Give a longer --timeout-seconds, or ask for less.',
};

/** What the operator does about an error; a step that was written for the very case stands. */
export function operatorStep({ code, nextStep }: Pick<ServonautError, 'code' | 'nextStep'>): string {
  return nextStep === errorRow(code).nextStep ? (OPERATOR_STEPS[code] ?? nextStep) : nextStep;
}
