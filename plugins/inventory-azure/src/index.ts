import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { azureSource } from './azure.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [azureSource];
