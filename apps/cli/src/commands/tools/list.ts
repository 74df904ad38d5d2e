import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ToolsList extends Command {
  static override readonly summary = 'List the tools that agents can call on this executor.';
  static override readonly examples = ['<%= config.bin %> tools list --json'];
  static readonly json = '[{"plugin", "name", "title", "description", "effect", "input_schema", …}]';
  static override readonly flags = { json: PROFILE_FLAGS.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(ToolsList);
    const [{ loadToolCatalog }, { table }] = await Promise.all([
      import('../../services/tool-catalog.ts'),
      import('../../ui/plain-text.ts'),
    ]);
    const { entries } = await loadToolCatalog(this.config.plugins.values());
    const rows = entries.map(({ tool, plugin }) => [tool.name, tool.effect, tool.target, plugin, tool.title]);
    if (flags.json) this.log(JSON.stringify(entries.map(({ tool, plugin }) => ({ plugin, ...tool.manifest }))));
    else process.stdout.write(table([['TOOL', 'EFFECT', 'ACTS ON', 'PLUGIN', 'TITLE'], ...rows]));
  }
}
