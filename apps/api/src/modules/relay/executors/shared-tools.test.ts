import { describe, expect, it } from '@jest/globals';
import { aToolManifest } from '@servonaut/testkit';
import { SharedTools } from './shared-tools.ts';

describe('SharedTools', () => {
  it('keeps equal tools once and all others apart', () => {
    const tools = new SharedTools();
    const manifest = () => ({ tools: [aToolManifest(), aToolManifest({ description: 'Another.' })], servers: [] });
    const [first, second] = [tools.share(manifest()), tools.share(manifest())];
    expect(second).toEqual(manifest());
    expect(second.tools[0]).toBe(first.tools[0]);
    expect(second.tools[1]).toBe(first.tools[1]);
    expect(second.tools[1]).not.toEqual(second.tools[0]);
  });
});
