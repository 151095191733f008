import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { userConfigDirectory } from '../../../src/node/config/directories.ts';
import { notationConfigDirectory, notationPluginDirectory } from '../../../src/node/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the configuration directory of notation', () => {
  it('is NOTATION_CONFIG if that is set', () => {
    vi.stubEnv('NOTATION_CONFIG', '/etc/notation');
    expect(notationConfigDirectory()).toBe('/etc/notation');
  });

  it('is an absolute path even if NOTATION_CONFIG is not', () => {
    vi.stubEnv('NOTATION_CONFIG', 'etc/notation');
    expect(notationConfigDirectory()).toBe(join(process.cwd(), 'etc/notation'));
  });

  it.runIf(process.platform === 'linux')('is below XDG_CONFIG_HOME on Linux', () => {
    vi.stubEnv('NOTATION_CONFIG', '');
    vi.stubEnv('XDG_CONFIG_HOME', '/home/me/.xdg');
    expect(notationConfigDirectory()).toBe('/home/me/.xdg/notation');
  });
});

describe("the directory of the user's configuration", () => {
  it.each([
    ['win32', 'C:/Users/me/AppData'],
    ['darwin', '/home/me/Library/Application Support'],
    ['linux', '/home/me/.xdg'],
  ] as const)('is on %s: %s', (system, directory) => {
    vi.stubEnv('AppData', 'C:/Users/me/AppData');
    vi.stubEnv('XDG_CONFIG_HOME', '/home/me/.xdg');
    vi.stubEnv('HOME', '/home/me');
    expect(userConfigDirectory(system)).toBe(directory);
  });
});

describe('the plugin directory of notation', () => {
  it('is in NOTATION_LIBEXEC if that is set, whatever the configuration directory', () => {
    vi.stubEnv('NOTATION_LIBEXEC', '/usr/libexec/notation');
    expect(notationPluginDirectory()).toBe('/usr/libexec/notation/plugins');
    expect(notationPluginDirectory({ configDirectory: '/etc/notation' })).toBe(
      '/usr/libexec/notation/plugins',
    );
  });

  it('is in the configuration directory otherwise, as an absolute path', () => {
    vi.stubEnv('NOTATION_LIBEXEC', '');
    vi.stubEnv('NOTATION_CONFIG', '/etc/notation');
    expect(notationPluginDirectory()).toBe('/etc/notation/plugins');
    expect(notationPluginDirectory({ configDirectory: 'here' })).toBe(join(process.cwd(), 'here/plugins'));
  });

  it.each([{ configDirectory: '' }, { configDirectory: 1 }, '/etc/notation', null])(
    'is not that of %j',
    (options) => {
      const wrong = options as { configDirectory: string };
      expect(() => notationPluginDirectory(wrong)).toThrow(
        expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
      );
    },
  );
});
