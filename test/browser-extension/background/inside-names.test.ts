import { describe, expect, it } from 'vitest';
import { mayName } from '../../../examples/browser-extension/src/background/inside-names.ts';
import { NO_SETTINGS } from '../../../examples/browser-extension/src/settings.ts';

const INSIDE = [
  '127.0.0.1:5000',
  'localhost:5000',
  'registry.localhost',
  '169.254.169.254',
  '192.168.0.1',
  '[::1]:5000',
  '0x7f.1:5000',
];
const elsewhere = new URL('https://docs.example.com/');

describe('a registry of this machine or network', () => {
  it.each(INSIDE)('is not for pages from elsewhere: %s', (host) => {
    expect(mayName(`${host}/acme/app:v1`, elsewhere, NO_SETTINGS)).toBe(false);
  });

  it.each(INSIDE)('is for pages of this machine or network: %s', (host) => {
    expect(mayName(`${host}/acme/app:v1`, new URL('http://127.0.0.1:8123/'), NO_SETTINGS)).toBe(true);
  });

  it('is for any page if the settings name it', () => {
    const registries = [{ host: '192.168.0.1' }];
    const pages = [{ pattern: 'https://quay.example.com/*', kind: 'quay' as const, registry: '192.168.0.2' }];
    const settings = { ...NO_SETTINGS, registries, pages };
    expect(mayName('192.168.0.1/acme/app:v1', elsewhere, settings)).toBe(true);
    expect(mayName('192.168.0.2/acme/app:v1', elsewhere, settings)).toBe(true);
    expect(mayName('192.168.0.3/acme/app:v1', elsewhere, settings)).toBe(false);
  });
});

it('lets pages name the registries of other hosts', () => {
  expect(mayName('registry.example.com/acme/app:v1', elsewhere, NO_SETTINGS)).toBe(true);
});
