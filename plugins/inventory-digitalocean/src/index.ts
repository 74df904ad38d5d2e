import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { digitalOceanSource } from './digitalocean.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [digitalOceanSource];
