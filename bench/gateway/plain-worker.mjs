// The worker to compare with: it passes every request on, and does nothing else.
export function createPlainWorker({ upstream }) {
  return {
    fetch({ url, method, headers }) {
      const { pathname, search } = new URL(url);
      return fetch(`http://${upstream}${pathname}${search}`, { method, headers, redirect: 'manual' });
    },
  };
}
