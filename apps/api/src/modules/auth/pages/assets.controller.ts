import { Controller, Get, Header } from '@nestjs/common';
import { PublicRoute } from '../../../platform/access/route-access.ts';
import { PASSKEY_SCRIPT } from './passkey-script.ts';
import { PAGE_ICON, PAGE_STYLE } from './page-style.ts';

/** Pages name their assets by version, and these are the same for everybody. */
const KEPT = 'public, max-age=86400';

/** What pages load. */
@Controller('assets')
@PublicRoute()
export class AssetsController {
  @Get('pages.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', KEPT)
  style(): string {
    return PAGE_STYLE;
  }

  @Get('passkeys.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', KEPT)
  passkeys(): string {
    return PASSKEY_SCRIPT;
  }

  @Get('icon.svg')
  @Header('Content-Type', 'image/svg+xml')
  @Header('Cache-Control', KEPT)
  icon(): string {
    return PAGE_ICON;
  }
}
