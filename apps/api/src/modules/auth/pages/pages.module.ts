import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { urlencoded } from 'express';
import { FlowPages } from '../oauth/flow-pages.ts';
import { AccountController } from './account.controller.ts';
import { AccountView } from './account-view.ts';
import { AssetsController } from './assets.controller.ts';
import { DevicePages } from './device-pages.ts';
import { FlowController } from './flow.controller.ts';
import { FormTokens } from './form-tokens.ts';
import { InvitationController } from './invitation.controller.ts';
import { PasskeysController } from './passkeys.controller.ts';
import { SecondFactorController } from './second-factor.controller.ts';
import { SignInForms } from './sign-in-forms.ts';
import { SignInController } from './sign-in.controller.ts';
import { UpstreamController } from './upstream.controller.ts';

const PAGES = [
  SignInController,
  FlowController,
  SecondFactorController,
  PasskeysController,
  AccountController,
  InvitationController,
  UpstreamController,
];

/** No form of ours is larger. */
const FORM_LIMITS = { extended: false, limit: '16kb', parameterLimit: 20 };

/** What people see of the coordinator. */
@Module({
  controllers: [...PAGES, AssetsController],
  providers: [AccountView, FormTokens, SignInForms, { provide: FlowPages, useClass: DevicePages }],
  exports: [FlowPages],
})
export class PagesModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(urlencoded(FORM_LIMITS)).forRoutes(...PAGES);
  }
}
