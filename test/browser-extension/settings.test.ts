import { describe, expect, it } from 'vitest';
import {
  changesSettings,
  loadSettings,
  NO_SETTINGS,
  readSettings,
  saveSettings,
} from '../../examples/browser-extension/src/settings.ts';
import { createFakeArea } from './support/fake-browser.ts';

const SETTINGS = {
  trustPolicy: '{}',
  trustStores: { 'ca:acme': [{ file: 'acme.pem', pem: '-----BEGIN CERTIFICATE-----' }] },
  registries: [
    { host: 'registry.example.com', credential: { username: 'me', password: 'secret' } },
    { host: 'acr.example.com', credential: { identityToken: 'token' } },
    { host: 'plain.example.com', plainHttp: true },
  ],
  pages: [{ pattern: 'https://harbor.example.com/*', kind: 'harbor' as const }],
};

describe('settings', () => {
  it('are empty before anything is stored', async () => {
    expect(await loadSettings(createFakeArea())).toEqual(NO_SETTINGS);
  });

  it('are what was stored', async () => {
    const area = createFakeArea();
    await saveSettings(area, SETTINGS);
    expect(await loadSettings(area)).toEqual(SETTINGS);
    expect(changesSettings(area.items)).toBe(true);
    expect(changesSettings({ other: 1 })).toBe(false);
  });

  it('have no members that nobody knows', () => {
    expect(readSettings({ ...SETTINGS, more: 1, registries: [{ host: 'a.example', more: 1 }] })).toEqual({
      ...SETTINGS,
      registries: [{ host: 'a.example' }],
    });
  });

  it.each([
    ['settings must be an object', 7],
    ['settings must be an object', null],
    ['trustPolicy must be a string', { ...SETTINGS, trustPolicy: {} }],
    ['trustStores must be an object', { ...SETTINGS, trustStores: [] }],
    ['trustStores of ca:acme must be a list', { ...SETTINGS, trustStores: { 'ca:acme': 'pem' } }],
    ['pem must be a string', { ...SETTINGS, trustStores: { 'ca:acme': [{ file: 'a' }] } }],
    ['registries must be a list', { ...SETTINGS, registries: {} }],
    ['host must be a string', { ...SETTINGS, registries: [{}] }],
    [
      'password must be a string',
      { ...SETTINGS, registries: [{ host: 'a', credential: { username: 'me' } }] },
    ],
    ['pages must have a match pattern', { ...SETTINGS, pages: [{ pattern: '<all_urls>', kind: 'links' }] }],
    [
      'pages must have a match pattern',
      { ...SETTINGS, pages: [{ pattern: 'https://a.example/*', kind: 'x' }] },
    ],
  ])('are rejected: %s', (message, value) => {
    expect(() => readSettings(value)).toThrow(message);
  });
});
