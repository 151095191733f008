import { describe, expect, it } from 'vitest';
import { createGuardedFetch } from '../../../examples/browser-extension/src/background/guarded-fetch.ts';
import {
  originPattern,
  withoutPermission,
} from '../../../examples/browser-extension/src/background/permissions.ts';
import { watchRedirects } from '../../../examples/browser-extension/src/background/redirects.ts';
import { FakeBrowser } from '../support/fake-browser.ts';

const URL_OF_BLOB = 'https://quay.io/v2/acme/app/blobs/1';

/** A response that hides where it redirects to, as browsers make it. */
function opaqueRedirect(): Response {
  return Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });
}

function setUp(respond: (request: Request) => Response = () => new Response('yes')) {
  const browser = new FakeBrowser();
  const api = browser.start();
  const redirects = watchRedirects(api, 1);
  const missing: string[] = [];
  const sent: Request[] = [];
  const fetch = createGuardedFetch({
    api,
    redirects,
    missing: (pattern) => missing.push(pattern),
    fetch: async (input) => {
      const request = input as Request;
      sent.push(request);
      return respond(request);
    },
  });
  return { browser, fetch, missing, sent };
}

describe('a request', () => {
  it('is sent to a host that the user permits, without cookies and without the cache', async () => {
    const { browser, fetch, sent, missing } = setUp();
    browser.grant('https://quay.io/*');
    const response = await fetch(URL_OF_BLOB);
    expect(await response.text()).toBe('yes');
    expect(sent[0]).toMatchObject({ credentials: 'omit', cache: 'no-store' });
    expect(missing).toEqual([]);
  });

  it('is not sent to a host that the user does not permit, and says which permission it needs', async () => {
    const { fetch, sent, missing } = setUp();
    await expect(fetch('https://auth.example.com:8443/token?scope=x')).rejects.toMatchObject({
      message: 'the extension needs permission for https://auth.example.com',
      nextStep: 'Permit the extension to reach https://auth.example.com.',
      pattern: 'https://auth.example.com/*',
    });
    expect(sent).toEqual([]);
    expect(missing).toEqual(['https://auth.example.com/*']);
  });

  it('tells HTTP from HTTPS', async () => {
    const { browser, fetch } = setUp();
    browser.grant('https://quay.io/*');
    await expect(fetch('http://quay.io/')).rejects.toMatchObject({ pattern: 'http://quay.io/*' });
  });
});

describe('a redirect', () => {
  const report = { url: URL_OF_BLOB, tabId: -1, statusCode: 307 };
  const location = [{ name: 'Location', value: 'https://cdn.example/1' }];

  it('is shown with its location, which the browser reports before or after the response', async () => {
    for (const early of [true, false]) {
      const { browser, fetch } = setUp(() => {
        const tell = () => browser.receiveHeaders({ ...report, responseHeaders: location });
        if (early) tell();
        else queueMicrotask(tell);
        return opaqueRedirect();
      });
      browser.grant('https://quay.io/*');
      const response = await fetch(URL_OF_BLOB);
      expect(response.status).toBe(307);
      expect(response.headers.get('location')).toBe('https://cdn.example/1');
    }
  });

  it('stays hidden if the browser does not report it', async () => {
    const { browser, fetch } = setUp(opaqueRedirect);
    browser.grant('https://quay.io/*');
    expect((await fetch(URL_OF_BLOB)).type).toBe('opaqueredirect');
  });

  it('is watched for no longer than a request takes, since pages would wake the worker', async () => {
    const watching: boolean[] = [];
    const { browser, fetch } = setUp(() => {
      watching.push(browser.watchesResponses);
      return new Response();
    });
    browser.grant('https://quay.io/*');
    await Promise.all([fetch(URL_OF_BLOB), fetch(URL_OF_BLOB)]);
    expect(watching).toEqual([true, true]);
    expect(browser.watchesResponses).toBe(false);
  });

  it('of a page, or of an earlier request, does not count', async () => {
    const { browser, fetch } = setUp(opaqueRedirect);
    browser.grant('https://quay.io/*');
    browser.receiveHeaders({ ...report, responseHeaders: location });
    browser.receiveHeaders({ ...report, tabId: 7, responseHeaders: location });
    expect((await fetch(URL_OF_BLOB)).type).toBe('opaqueredirect');
  });
});

describe('the pattern of an origin', () => {
  it.each([
    ['https://auth.example.com/token', 'https://auth.example.com/*'],
    ['http://127.0.0.1:5000/v2/', 'http://127.0.0.1/*'],
  ])('of %s is %s', (url, pattern) => {
    expect(originPattern(new URL(url))).toBe(pattern);
  });

  it('is needed once, and not if it is permitted', async () => {
    const browser = new FakeBrowser();
    browser.grant('https://a.example/*');
    const patterns = ['https://a.example/*', 'https://b.example/*', 'https://b.example/*'];
    expect(await withoutPermission(browser.start(), patterns)).toEqual(['https://b.example/*']);
  });

  it('is not permitted if the browser cannot read it', async () => {
    const api = new FakeBrowser().start();
    api.permissions.contains = async () => {
      throw new Error('Invalid value for origin pattern');
    };
    expect(await withoutPermission(api, ['https://[::1]/*'])).toEqual(['https://[::1]/*']);
  });
});
