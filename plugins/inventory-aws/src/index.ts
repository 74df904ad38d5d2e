import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { awsSource } from './aws.source.ts';

export const SOURCES: readonly AnyInventorySource[] = [awsSource];
