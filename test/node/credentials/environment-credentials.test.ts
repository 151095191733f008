import { afterEach, describe, expect, it, vi } from 'vitest';
import { environmentCredentials } from '../../../src/node/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the environment', () => {
  const find = environmentCredentials({ registries: ['a.example'] });

  it('returns credentials only for the registries that are named', () => {
    vi.stubEnv('NOTATION_USERNAME', 'ci');
    vi.stubEnv('NOTATION_PASSWORD', 'secret');
    expect(find('a.example')).toEqual({ username: 'ci', password: 'secret' });
    expect(find('A.Example:443')).toEqual({ username: 'ci', password: 'secret' });
    expect(find('a.example:80')).toBeUndefined();
    expect(find('b.example')).toBeUndefined();
    expect(find('not a host')).toBeUndefined();
  });

  it('returns nothing without variables', () => {
    vi.stubEnv('NOTATION_USERNAME', 'ci');
    vi.stubEnv('NOTATION_PASSWORD', '');
    expect(find('a.example')).toBeUndefined();
  });
});
