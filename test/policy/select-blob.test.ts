import { describe, expect, it } from 'vitest';
import { selectBlobStatement } from '../../src/policy/index.ts';
import { blobStatement, failure, parseBlob, skipStatement } from './documents.ts';

const blobSkip = (changes = {}) => skipStatement({ registryScopes: undefined, name: 'skipped', ...changes });

describe('the statement for a blob', () => {
  const policy = parseBlob([
    blobStatement(),
    blobSkip(),
    blobStatement({ name: 'rest', globalPolicy: true }),
  ]);

  it.each(['releases', 'skipped', 'rest'])('has the requested name %s', (name) => {
    expect(selectBlobStatement(policy, name).name).toBe(name);
  });

  it('is the global one when no name was given', () => {
    expect(selectBlobStatement(policy).name).toBe('rest');
  });

  it.each(['Releases', ' releases', 'releases ', 'true', '*', ''])(
    'is not the global one for the unknown name %j',
    (name) => {
      const select = () => selectBlobStatement(policy, name);
      expect(failure(select, 'ERR_POLICY_NOT_APPLICABLE')).toContain(`has the name ${JSON.stringify(name)}`);
    },
  );

  it('is missing when no name was given and none is global', () => {
    const select = () => selectBlobStatement(parseBlob([blobStatement(), blobSkip()]));
    expect(failure(select, 'ERR_POLICY_NOT_APPLICABLE')).toBe(
      'no statement of the blob trust policy has globalPolicy, so a statement name is required; its statements are "releases", "skipped"',
    );
  });
});
