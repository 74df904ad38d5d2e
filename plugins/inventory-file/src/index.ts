import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { fileSource } from './file.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [fileSource];
