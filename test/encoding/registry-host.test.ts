import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost } from '../../src/encoding/registry-host.ts';

describe('the canonical form of a registry', () => {
  it.each([
    ['registry.example.com', 'registry.example.com'],
    ['REGISTRY.Example.COM', 'registry.example.com'],
    ['registry.example.com:443', 'registry.example.com'],
    ['registry.example.com:0443', 'registry.example.com'],
    ['registry.example.com:05000', 'registry.example.com:5000'],
    ['registry.example.com:80', 'registry.example.com:80'],
    ['Local', 'local'],
    ['LOCALHOST:5000', 'localhost:5000'],
    ['XN--Bcher-KVA.Example', 'xn--bcher-kva.example'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['127.1:5000', '127.0.0.1:5000'],
    ['0x7f000001:5000', '127.0.0.1:5000'],
    ['0X7F.1:5000', '127.0.0.1:5000'],
    ['0177.0.0.01:5000', '127.0.0.1:5000'],
    ['2130706433:5000', '127.0.0.1:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['[0:0:0:0:0:0:0:1]:5000', '[::1]:5000'],
    ['[2001:DB8:0::0:1]:443', '[2001:db8::1]'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['[0:0:0:0:0:FFFF:7F00:0001]', '[::ffff:7f00:1]'],
  ])('%s is %s', (registry, form) => {
    expect(canonicalHost(registry)).toBe(form);
    expect(canonicalHost(form)).toBe(form);
  });

  it.each([
    'docker.io',
    'Docker.IO:443',
    'index.docker.io',
    'registry-1.docker.io',
    'registry.docker.io',
    'registry.hub.docker.com',
  ])('%s is the one of Docker Hub', (registry) => {
    expect(canonicalHost(registry)).toBe('docker.io');
  });

  it.each(['hub.docker.com', 'auth.docker.io', 'docker.io.example.com', 'docker.io:5000', 'xdocker.io'])(
    '%s is not that of Docker Hub',
    (registry) => {
      expect(canonicalHost(registry)).toBe(registry);
    },
  );

  it('leaves out the port of the scheme that is used, and keeps others', () => {
    expect(canonicalHost('registry.example.com:080', 'http:')).toBe('registry.example.com');
    expect(canonicalHost('registry.example.com:443', 'http:')).toBe('registry.example.com:443');
  });

  it.each([
    '',
    'registry.example.com.',
    'registry..example.com',
    '.example.com',
    '-a.example.com',
    'a-.example.com',
    'a_b.example.com',
    'registry.example.com:',
    'registry.example.com:65536',
    'registry.example.com:port',
    'https://registry.example.com',
    'registry.example.com/team',
    'registry.example.com?a',
    'user@registry.example.com',
    ' registry.example.com',
    'registry.exa\tmple.com',
    'registry.example.com\n',
    'registry%2eexample.com',
    'registry。example.com',
    'bücher.example',
    '256.1.1.1',
    '1.2.3.4.5',
    'registry.0x',
    '[::1',
    '::1',
    '[::1%25lo]',
    '[not:ip]',
  ])('of %j does not exist', (registry) => {
    expect(canonicalHost(registry)).toBeUndefined();
  });

  it('is the host that connections reach', () => {
    const registry = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}(:[0-9]{1,6})?$/);
    fc.assert(
      fc.property(registry, fc.constantFrom('https:', 'http:'), (text, scheme) => {
        const form = canonicalHost(text, scheme);
        if (form !== undefined) expect(new URL(`${scheme}//${text}`).host).toBe(form);
      }),
      { numRuns: 1000 },
    );
  });
});
