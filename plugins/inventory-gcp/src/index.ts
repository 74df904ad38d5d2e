import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { gcpSource } from './gcp.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [gcpSource];
