import type { ServerResponse } from 'node:http';
import type { Descriptor, RegistryOptions, Repository } from '../../src/oci/index.ts';
import { type Switches, sha256 } from '../support/registry-server.ts';
import { bytesOf, connect, image, MANIFEST, utf8 } from './support.ts';

export const MIB = 1024 * 1024;
export const OTHER = `sha256:${'1'.repeat(64)}`;
export const BLOB = utf8('the bytes of a blob');
export const blob: Descriptor = { mediaType: 'text/plain', digest: sha256(BLOB), size: BLOB.length };
export const manifest: Descriptor = {
  mediaType: MANIFEST,
  digest: sha256(bytesOf(image())),
  size: bytesOf(image()).length,
};

export type Answer = (response: ServerResponse) => void;

/** A repository whose registry gives the same response to every request. */
export async function answering(answer: Answer, options: RegistryOptions = {}): Promise<Repository> {
  const intercept: Switches['intercept'] = (_, response) => {
    answer(response);
    return true;
  };
  return (await connect({ intercept }, options)).repository;
}

export function fetchBlob(repository: Repository, signal?: AbortSignal): Promise<Uint8Array> {
  return repository.fetchBlob(blob, { maxBytes: 1000, signal });
}

/** Sends without end; reports how many bytes went out once the client has gone away. */
export function pour(response: ServerResponse, headers: Record<string, string> = {}): Promise<number> {
  response.writeHead(200, headers);
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  const { socket } = response;
  const sent = new Promise<number>((resolve) => {
    response.on('close', () => resolve(socket?.bytesWritten ?? 0));
  });
  more();
  return sent;
}
