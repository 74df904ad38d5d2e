import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { hetznerSource } from './hetzner.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [hetznerSource];
