import { applyDecorators, UseFilters, UseGuards } from '@nestjs/common';
import { PublicRoute } from '../../../platform/access/route-access.ts';
import { PageErrorFilter } from './page-error.filter.ts';
import { VisitGuard } from './visit.ts';

/** Marks a controller of pages: no bearer token is asked for (a cookie says who is there), forms are checked, errors are pages. */
export const Pages = (): ClassDecorator =>
  applyDecorators(PublicRoute(), UseGuards(VisitGuard), UseFilters(PageErrorFilter));
