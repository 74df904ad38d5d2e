import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ServonautError, type Scope } from '@servonaut/contracts';
import type { Request } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { PublicRoute } from '../../../platform/access/route-access.ts';
import { AUDIENCE_SCOPES, audienceOfResource, METADATA_PATH } from './resources.ts';

/** RFC 9728 section 2. */
export interface ProtectedResource {
  readonly resource: string;
  readonly resource_name: string;
  readonly resource_documentation: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly Scope[];
  readonly bearer_methods_supported: readonly string[];
}

/** What an agent reads first that has nothing but an address: who gives out tokens for it. */
@Controller(METADATA_PATH)
export class ProtectedResourceController {
  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl'>) {}

  /** The path of the resource follows; without one it is the coordinator as a whole. */
  @Get('{/*path}')
  @PublicRoute()
  metadata(@Req() { path }: Pick<Request, 'path'>): ProtectedResource {
    const { publicUrl } = this.config;
    // RFC 9728 section 3.3: a client takes these for those of another resource unless it is the one that it asked for.
    const resource = publicUrl + path.slice(METADATA_PATH.length).replace(/\/$/, '');
    const audience = audienceOfResource(resource, publicUrl);
    if (!audience) throw new ServonautError('not_found');
    return {
      resource,
      resource_name: 'Servonaut',
      resource_documentation: `${publicUrl}/api/docs`,
      authorization_servers: [publicUrl],
      scopes_supported: AUDIENCE_SCOPES[audience],
      bearer_methods_supported: ['header'],
    };
  }
}
