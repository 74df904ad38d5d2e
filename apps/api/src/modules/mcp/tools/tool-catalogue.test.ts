import { describe, expect, it } from '@jest/globals';
import { aToolManifest } from '@servonaut/testkit';
import { catalogue, findTool } from './tool-catalogue.ts';

const ours = aToolManifest({ name: 'run_command', title: 'Ours' });
const theirs = aToolManifest({ name: 'run_command', title: 'Theirs' });
const other = aToolManifest({ name: 'deploy' });

describe('the catalogue', () => {
  it('shows what every executor has before one has connected', () => {
    expect(catalogue([], [ours])).toEqual([ours]);
  });

  it('believes the connected executor about its own tools', () => {
    expect(catalogue([theirs], [ours])).toEqual([theirs]);
    expect(findTool('run_command', [theirs], [ours])).toBe(theirs);
  });

  it('is sorted by name, in whatever order the tools come', () => {
    expect(catalogue([theirs, other], []).map(({ name }) => name)).toEqual(['deploy', 'run_command']);
    expect(catalogue([other, theirs], []).map(({ name }) => name)).toEqual(['deploy', 'run_command']);
  });

  it("lets no executor replace the coordinator's own tools", () => {
    const names = ['get_request', 'list_delegated_servers'];
    expect(
      catalogue(
        names.map((name) => aToolManifest({ name })),
        [],
      ),
    ).toEqual([]);
  });

  it('does not find what nobody has', () => {
    expect(findTool('constructor', [theirs], [ours])).toBeUndefined();
  });
});
