import type { Command } from '@oclif/core';
import { ADMIN_AUDIT_COMMANDS } from './admin/audit/audit.ts';
import { ADMIN_CREDENTIAL_COMMANDS } from './admin/credentials.ts';
import { ADMIN_PLAN_COMMANDS } from './admin/plans.ts';
import { ADMIN_RUNNING_COMMANDS } from './admin/running.ts';
import { ADMIN_SHARING_COMMANDS } from './admin/sharing.ts';
import { ADMIN_USER_COMMANDS } from './admin/users.ts';
import { Approve } from './approve.ts';
import { AuditShow } from './audit/show.ts';
import { AuditVerify } from './audit/verify.ts';
import { Completion } from './completion.ts';
import { ConfigShow } from './config/show.ts';
import { Connect } from './connect.ts';
import { CREDENTIAL_COMMANDS } from './credentials.ts';
import { DELEGATION_COMMANDS } from './delegations.ts';
import { Doctor } from './doctor.ts';
import { Login } from './login.ts';
import { Logout } from './logout.ts';
import { McpInstall } from './mcp/install.ts';
import { McpServe } from './mcp/serve.ts';
import { McpUninstall } from './mcp/uninstall.ts';
import { PolicyClassify } from './policy/classify.ts';
import { PolicyInit } from './policy/init.ts';
import { PolicyLint } from './policy/lint.ts';
import { PolicyShow } from './policy/show.ts';
import { PolicyTest } from './policy/test.ts';
import { PLUGIN_COMMANDS } from './plugins/plugins.ts';
import { PauseCommand } from './pause.ts';
import { RedactTest } from './redact/test.ts';
import { Resume } from './resume.ts';
import { ServersList } from './servers/list.ts';
import { ServersTest } from './servers/test.ts';
import { SecretsList } from './secrets/list.ts';
import { SecretsRemove } from './secrets/remove.ts';
import { SecretsSet } from './secrets/set.ts';
import { ServersSudo } from './servers/sudo.ts';
import { ServersTrust } from './servers/trust.ts';
import { Status } from './status.ts';
import { ToolsList } from './tools/list.ts';
import { WhoAmI } from './whoami.ts';

/** All commands of the CLI itself, by id; those of tools come from their plugins. Command modules import their services lazily. */
export const COMMANDS: Record<string, Command.Class> = {
  ...ADMIN_AUDIT_COMMANDS,
  ...ADMIN_CREDENTIAL_COMMANDS,
  ...ADMIN_PLAN_COMMANDS,
  ...ADMIN_RUNNING_COMMANDS,
  ...ADMIN_SHARING_COMMANDS,
  ...ADMIN_USER_COMMANDS,
  ...CREDENTIAL_COMMANDS,
  ...DELEGATION_COMMANDS,
  ...PLUGIN_COMMANDS,
  approve: Approve,
  'audit:show': AuditShow,
  'audit:verify': AuditVerify,
  completion: Completion,
  'config:show': ConfigShow,
  connect: Connect,
  doctor: Doctor,
  login: Login,
  logout: Logout,
  'mcp:install': McpInstall,
  'mcp:serve': McpServe,
  'mcp:uninstall': McpUninstall,
  'policy:classify': PolicyClassify,
  'policy:init': PolicyInit,
  'policy:lint': PolicyLint,
  'policy:show': PolicyShow,
  'policy:test': PolicyTest,
  pause: PauseCommand,
  'redact:test': RedactTest,
  resume: Resume,
  'servers:list': ServersList,
  'servers:test': ServersTest,
  'servers:sudo': ServersSudo,
  'secrets:list': SecretsList,
  'secrets:remove': SecretsRemove,
  'secrets:set': SecretsSet,
  'servers:trust': ServersTrust,
  status: Status,
  'tools:list': ToolsList,
  whoami: WhoAmI,
};
