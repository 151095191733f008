import type { Accounts, RegistryServer, SeenRequest } from '../support/registry-server.ts';

export const USERNAME = 'ci';
export const PASSWORD = 'pass:word-secret';
export const PAIR = Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64');

export function accounts(overrides: Partial<Accounts> = {}): Accounts {
  return { scheme: 'bearer', username: USERNAME, password: PASSWORD, ...overrides };
}

export function credentialsFor({ host }: RegistryServer) {
  return { [host]: { username: USERNAME, password: PASSWORD } };
}

export function authenticated(requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter(
    ({ authorization, body }) => authorization ?? (body.includes('refresh_token') || undefined),
  );
}
