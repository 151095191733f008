/** The chunks of a text as a stream of the web, so many bytes each. */
export function streamOf(text: string, chunk = 3): ReadableStream<Uint8Array> {
  const chunks = split(text, chunk);
  return new ReadableStream({
    pull(controller) {
      const next = chunks.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
}

/** The chunks of a text as Node's streams give them. */
export async function* iterableOf(text: string, chunk = 3): AsyncGenerator<Uint8Array> {
  yield* split(text, chunk);
}

function split(text: string, size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.subarray(i, i + size));
  return chunks;
}

/** A blob trust policy document with one global statement. */
export function blobPolicyDocument(overrides: Record<string, unknown> = {}): {
  version: string;
  trustPolicies: Record<string, unknown>[];
} {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'releases',
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: ['*'],
        globalPolicy: true,
        ...overrides,
      },
    ],
  };
}
