// Generated from the plugins by `npm run generate`; a test fails when it is stale. Do not edit.
import type { ToolManifest } from './tool-manifest.ts';

/** Manifests of the tools that every executor of this release has, so that an agent sees them before any executor has connected. */
export const FIRST_PARTY_TOOLS: readonly ToolManifest[] = [];
