// Loaded before an action: the cloud is a server of the test, which gets the URL that was meant in a header.
const ownFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (!request.url.startsWith('https:')) return ownFetch(request);
  const headers = new Headers(request.headers);
  headers.set('x-test-url', request.url);
  const body = request.method === 'GET' ? undefined : await request.arrayBuffer();
  return ownFetch(process.env.TEST_CLOUD, { method: request.method, headers, body });
};
