export { addressSchema, endpointSchema } from './cloud-options.ts';
export { CloudApi, type CloudApiOptions } from './cloud-api.ts';
