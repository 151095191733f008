import { hash } from '../../crypto/digest.ts';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { rethrowIfAborted, untilAborted } from '../../net/abort.ts';
import { type Cache, callCache } from './cache.ts';

/** Limits of the responses in memory, in bytes and in number; the least recently used are evicted first. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_RESPONSES = 1000;
/** The requests, as errors of an aborted signal name them. */
const WHAT = { ocsp: 'the request for an OCSP response', crl: 'the request for a CRL' } as const;

/** How to get a response. */
export interface ResponseRequest<T> {
  kind: 'ocsp' | 'crl';
  /** The key of the response: the URL, the request, and the certificate whose key must have signed. */
  identity: readonly Uint8Array[];
  /** Fetches it. */
  fetch(signal: AbortSignal): Promise<Uint8Array>;
  /** Reads and verifies; throws for a response that must not be used. */
  load(der: Uint8Array): Promise<LoadedResponse<T>>;
  /** The size limit of a response. */
  maxBytes: number;
  now: Date;
  signal?: AbortSignal | undefined;
}

/** A response that was verified. */
export interface LoadedResponse<T> {
  value: T;
  /** Until when it may be kept; without a date it is not kept. */
  keepUntil?: Date | undefined;
}

/** A response, and where it came from. */
export interface FoundResponse<T> {
  value: T;
  der: Uint8Array;
  source: 'network' | 'cache';
  /** Failures of the cache. */
  notes: readonly string[];
}

interface StoredResponse {
  value: unknown;
  der: Uint8Array;
  keepUntil: Date;
}

interface Pending {
  response: Promise<FoundResponse<unknown>>;
  controller: AbortController;
  waiting: number;
}

/**
 * Keeps verified responses for as long as they are current: parsed, in memory, and also in a cache if one is given,
 * which may be shared and is not trusted. Concurrent callers share one request.
 * @see docs/specification.md, rules REV-13, REV-23
 */
export class ResponseStore {
  readonly #cache: Cache | undefined;
  readonly #stored = new Map<string, StoredResponse>();
  readonly #pending = new Map<string, Pending>();
  #bytes = 0;

  constructor(cache: Cache | undefined) {
    this.#cache = cache;
  }

  /**
   * Returns the response to a request.
   * @throws NotationError Those of `fetch` and `load`, and `ERR_ABORTED`
   */
  async get<T>(request: ResponseRequest<T>): Promise<FoundResponse<T>> {
    const key = await keyOf(request);
    const stored = this.#recall(key, request.now);
    if (stored) return { value: stored.value as T, der: stored.der, source: 'cache', notes: [] };
    const shared = this.#pending.get(key);
    const pending = shared ?? this.#begin(key, request);
    pending.waiting += 1;
    try {
      return (await untilAborted(pending.response, request.signal, WHAT[request.kind])) as FoundResponse<T>;
    } catch (error) {
      rethrowIfAborted(error, request.signal);
      // The shared request was evaluated at another time: fetch again for this one.
      if (shared && isNotationError(error, 'ERR_REVOCATION_UNKNOWN')) {
        this.#end(key, pending);
        return await this.get(request);
      }
      throw error;
    } finally {
      // The request is aborted when no caller waits for it any more.
      pending.waiting -= 1;
      if (pending.waiting === 0) {
        this.#end(key, pending);
        pending.controller.abort();
      }
    }
  }

  #begin<T>(key: string, request: ResponseRequest<T>): Pending {
    const controller = new AbortController();
    const response = this.#find(key, request, controller.signal);
    const pending = { response, controller, waiting: 0 };
    this.#pending.set(key, pending);
    return pending;
  }

  /** Later callers start a new request. */
  #end(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key);
  }

  async #find<T>(key: string, request: ResponseRequest<T>, signal: AbortSignal): Promise<FoundResponse<T>> {
    const notes: string[] = [];
    const cached = await this.#readCache(key, request, notes);
    if (cached) return { ...cached, source: 'cache', notes };
    const { der, loaded } = await withNotes(notes, async () => {
      const fetched = await request.fetch(signal);
      return { der: fetched, loaded: await request.load(fetched) };
    });
    this.#keep(key, der, loaded);
    await this.#writeCache(key, der, loaded, request.now, notes);
    return { value: loaded.value, der, source: 'network', notes };
  }

  async #readCache<T>(
    key: string,
    { load, maxBytes }: ResponseRequest<T>,
    notes: string[],
  ): Promise<{ value: T; der: Uint8Array } | undefined> {
    const cache = this.#cache;
    if (!cache) return undefined;
    const note = (reason: string) => notes.push(reason);
    const text = await callCache(() => cache.get(key), note);
    if (text === null || text === undefined) return undefined;
    try {
      const fits = typeof text === 'string' && text.length <= Math.ceil(maxBytes / 3) * 4;
      const der = decodeBase64(fits ? text : '*', 'cached response');
      const loaded = await load(der);
      if (!loaded.keepUntil)
        throw new NotationError('ERR_REVOCATION_UNKNOWN', 'it does not determine the status');
      this.#keep(key, der, loaded);
      return { value: loaded.value, der };
    } catch (error) {
      // Expired, or replaced by someone else who can write to the cache.
      if (!isNotationError(error)) throw error;
      note(`the cached response cannot be used: ${error.message}`);
      await callCache(() => cache.delete(key), note);
      return undefined;
    }
  }

  async #writeCache(
    key: string,
    der: Uint8Array,
    { keepUntil }: LoadedResponse<unknown>,
    now: Date,
    notes: string[],
  ): Promise<void> {
    const cache = this.#cache;
    const ttl = keepUntil ? Math.floor((keepUntil.getTime() - now.getTime()) / 1000) : 0;
    if (!cache || ttl < 1) return;
    await callCache(
      () => cache.set(key, encodeBase64(der), { ttl }),
      (reason) => notes.push(reason),
    );
  }

  #recall(key: string, now: Date): StoredResponse | undefined {
    const stored = this.#stored.get(key);
    if (!stored) return undefined;
    this.#forget(key);
    if (now > stored.keepUntil) return undefined;
    this.#remember(key, stored);
    return stored;
  }

  #keep(key: string, der: Uint8Array, { value, keepUntil }: LoadedResponse<unknown>): void {
    this.#forget(key);
    if (!keepUntil) return;
    this.#remember(key, { value, der, keepUntil });
    for (const oldest of this.#stored.keys()) {
      if (this.#bytes <= MAX_BYTES && this.#stored.size <= MAX_RESPONSES) break;
      this.#forget(oldest);
    }
  }

  #remember(key: string, stored: StoredResponse): void {
    this.#stored.set(key, stored);
    this.#bytes += stored.der.length;
  }

  #forget(key: string): void {
    this.#bytes -= this.#stored.get(key)?.der.length ?? 0;
    this.#stored.delete(key);
  }
}

/** Adds the failures of the cache to another failure. */
async function withNotes<T>(notes: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause) || notes.length === 0) throw cause;
    throw new NotationError(cause.code, [cause.message, ...notes].join('; '), { cause });
  }
}

/** Returns a key that is safe for file systems and other stores, whatever the URL. */
async function keyOf({ kind, identity }: ResponseRequest<unknown>): Promise<string> {
  const parts = await Promise.all(identity.map((part) => hash('SHA-256', part)));
  return `notarykit:${kind}:${encodeHex(await hash('SHA-256', concatBytes(encodeUtf8(kind), ...parts)))}`;
}
