import { HttpCode, Logger, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ZodAnswer } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, SigningKeys, type Principal } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import { signingKeySchema } from './admin-schemas.ts';

@AdminController('signing-keys')
export class SigningKeysController {
  readonly #logger = new Logger('SigningKeys');

  constructor(private readonly keys: SigningKeys) {}

  @Post('rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace the keys that sign access tokens, at once',
    description:
      'For a key that somebody else may have. All access tokens are refused within a second, in every process; clients renew theirs without asking anybody. Keys rotate by themselves otherwise.',
  })
  @ZodAnswer(200, signingKeySchema, 'The key that signs from now on.')
  async rotate(@CurrentPrincipal() { userId, id }: Principal) {
    await this.keys.replaceAll();
    const kid = this.keys.activeKid;
    this.#logger.warn(`signing keys replaced by user ${userId} (${id}); ${kid} signs now`);
    return { kid };
  }
}
