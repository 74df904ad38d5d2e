import { applyDecorators, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../auth/index.ts';

/** A controller below `/api/admin`: for admins, whose writes `AdminWrites` looks at. */
export const AdminController = (path?: string) =>
  applyDecorators(
    ApiTags('admin'),
    Controller(path === undefined ? 'api/admin' : `api/admin/${path}`),
    RequireScope('admin'),
  );
