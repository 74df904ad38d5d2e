import { VERSION } from '../../platform/version.ts';

export const SERVER_INFO = { name: 'servonaut', title: 'Servonaut', version: VERSION };

export const CAPABILITIES = { tools: {} };

/** What an agent is told before its first call. */
export const INSTRUCTIONS =
  "Servonaut runs commands on the user's own servers. This service executes nothing itself: each call is relayed to the executor that the " +
  'operator runs with "servonaut connect", which applies the operator\'s policy and uses the operator\'s own SSH keys. Without a connected ' +
  'executor a call fails with executor_offline and nothing runs. The operator may be asked to approve a call, which then waits for some minutes and tells so: ' +
  'do not repeat it meanwhile, nor in other words when it is declined. Call list_servers first for the names of the servers. A non-zero exit code is ' +
  'an answer, not a failure of the tool. After a timeout or an outcome "unknown", call get_request before repeating anything that changes a server.';
