#!/usr/bin/env node
/** `servonaut-describe`: writes what the built plugin in this folder brings, as the last step of its build. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyTool } from '../define-tool.ts';
import type { AnyInventorySource } from '../inventory/inventory-source.ts';
import { DESCRIPTION_FILE, pluginDescription } from './plugin-description.ts';

interface PluginManifest {
  readonly servonaut?: { readonly tools?: string; readonly sources?: string };
}

async function exported<T>(entry: string | undefined, identifier: string): Promise<readonly T[]> {
  if (entry === undefined) return [];
  const module = (await import(pathToFileURL(resolve(entry)).href)) as Partial<Record<string, readonly T[]>>;
  const found = module[identifier];
  if (Array.isArray(found)) return found as readonly T[];
  throw new Error(`${entry} exports no ${identifier}`);
}

const { servonaut = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as PluginManifest;
const tools = await exported<AnyTool>(servonaut.tools, 'TOOLS');
const sources = await exported<AnyInventorySource>(servonaut.sources, 'SOURCES');
writeFileSync(DESCRIPTION_FILE, `${JSON.stringify(pluginDescription(tools, sources), null, 2)}\n`);
