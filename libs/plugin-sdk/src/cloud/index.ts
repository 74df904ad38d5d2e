export { addressSchema, endpointSchema } from './cloud-options.ts';
export { allPages, type Page } from './all-pages.ts';
export { CloudApi, type CloudApiOptions } from './cloud-api.ts';
