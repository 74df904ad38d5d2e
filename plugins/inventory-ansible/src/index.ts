import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { ansibleSource } from './ansible.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [ansibleSource];
