import type { ErrorCode, ServonautError } from '@servonaut/contracts';

/** Where the public next step is a test of the server. */
const OPERATOR_STEPS: Partial<Record<ErrorCode, string>> = {
  server_unreachable: 'Check that the server is up, and host and port in its configuration.',
  connect_timeout: 'Check host and port, and whether a firewall drops what is sent there.',
  ssh_auth_failed: 'Check user and key file; "ssh -v" shows what is offered and why it is refused.',
};

/** What the operator does about the error of a server that was tested. */
export function operatorStep({ code, nextStep }: ServonautError): string {
  return OPERATOR_STEPS[code] ?? nextStep;
}
