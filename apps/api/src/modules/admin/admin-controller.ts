import { applyDecorators, Controller, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/index.ts';
import { AdminWrites } from './admin-writes.ts';

/** A controller below `/api/admin`: for admins, whose writes are looked at and logged. */
export const AdminController = (path?: string) =>
  applyDecorators(
    ApiTags('admin'),
    ApiBearerAuth(),
    Controller(path === undefined ? 'api/admin' : `api/admin/${path}`),
    RequireScope('admin'),
    UseInterceptors(AdminWrites),
  );
