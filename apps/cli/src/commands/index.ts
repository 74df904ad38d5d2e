import type { Command } from '@oclif/core';
import { AdminAuditVerify } from './admin/audit/verify.ts';
import { ConfigShow } from './config/show.ts';
import { Connect } from './connect.ts';
import { Login } from './login.ts';
import { Logout } from './logout.ts';
import { ServersList } from './servers/list.ts';
import { ServersTest } from './servers/test.ts';
import { ServersTrust } from './servers/trust.ts';
import { Status } from './status.ts';
import { ToolsList } from './tools/list.ts';
import { WhoAmI } from './whoami.ts';

/** All commands of the CLI itself, by id; those of tools come from their plugins. Command modules import their services lazily. */
export const COMMANDS: Record<string, Command.Class> = {
  'admin:audit:verify': AdminAuditVerify,
  'config:show': ConfigShow,
  connect: Connect,
  login: Login,
  logout: Logout,
  'servers:list': ServersList,
  'servers:test': ServersTest,
  'servers:trust': ServersTrust,
  status: Status,
  'tools:list': ToolsList,
  whoami: WhoAmI,
};
