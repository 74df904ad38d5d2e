import type { Command } from '@oclif/core';

/** All commands of the CLI itself, by id; those of tools come from their plugins. Command modules import their services lazily. */
export const COMMANDS: Record<string, Command.Class> = {};
