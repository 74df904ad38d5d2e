import { Module } from '@nestjs/common';
import { Entitlements } from './entitlements.ts';

/** What the caller may do. */
@Module({ providers: [Entitlements], exports: [Entitlements] })
export class EntitlementsModule {}
