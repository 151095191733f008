import { hash } from '../../crypto/digest.ts';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { BoundedCache } from '../../encoding/bounded-cache.ts';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { withMessage } from '../../errors/notation-error.ts';
import { untilAborted } from '../../net/abort.ts';
import type { Budget } from '../../net/budget.ts';
import { type Cache, callCache } from '../../net/external-cache.ts';
import { FailedResponses } from './failed-responses.ts';

/** Limit of the responses in memory, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a parsed response takes in addition to its bytes. */
const PARSED = 8 * 1024;
/** The requests, as errors of an aborted signal name them. */
const WHAT = { ocsp: 'the request for an OCSP response', crl: 'the request for a CRL' } as const;

/** How to get a response. */
export interface ResponseRequest<T> {
  kind: 'ocsp' | 'crl';
  /** The key of the response: the URL, the request, and the certificate whose key must have signed. */
  identity: readonly Uint8Array[];
  /** Fetches it, for all who wait for it. */
  fetch(options: { signal: AbortSignal; budget: Budget }): Promise<Uint8Array>;
  /** Reads and verifies it, whatever the time; throws for a response that nobody must use. */
  read(der: Uint8Array): Promise<T>;
  /**
   * Evaluates it at the time of this request; throws for a response that must not be used then.
   * @returns Until when it may be kept; without a date it is not kept.
   */
  evaluate(value: T): Promise<Date | undefined>;
  /** The size limit of a response. */
  maxBytes: number;
  /** There is less time for it than usual, so that its failure is not remembered. */
  hurried: boolean;
  now: Date;
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
}

/** A response, and where it came from. */
export interface FoundResponse<T> {
  value: T;
  der: Uint8Array;
  source: 'network' | 'cache';
  /** Failures of the cache. */
  notes: string[];
}

interface StoredResponse {
  value: unknown;
  der: Uint8Array;
}

/** A request that is under way, and those who wait for it. */
interface Pending {
  response: Promise<FoundResponse<unknown>>;
  controller: AbortController;
  waiting: Set<ResponseRequest<unknown>>;
}

/**
 * Keeps verified responses for as long as they are current: parsed, in memory, and also in a cache if one is given,
 * which may be shared and is not trusted. Concurrent callers share one request, and each evaluates the response at its
 * own time.
 * @see docs/specification.md, rules REV-13, REV-23
 */
export class ResponseStore {
  readonly #cache: Cache | undefined;
  readonly #stored = new BoundedCache<StoredResponse>(MAX_BYTES);
  readonly #pending = new Map<string, Pending>();
  readonly #failed = new FailedResponses();

  constructor(cache: Cache | undefined) {
    this.#cache = cache;
  }

  /**
   * Returns the response to a request.
   * @throws NotationError Those of `fetch`, `read` and `evaluate`, `ERR_ABORTED`, `ERR_TIMEOUT`, `ERR_BUDGET_EXCEEDED`
   */
  async get<T>(request: ResponseRequest<T>): Promise<FoundResponse<T>> {
    const key = await keyOf(request);
    const stored = this.#stored.get(key, request.now.getTime());
    if (stored) return { value: stored.value as T, der: stored.der, source: 'cache', notes: [] };
    this.#failed.throwIfKnown(key);
    for (;;) {
      const shared = this.#pending.get(key);
      const pending = shared ?? this.#begin(key, request);
      const found = await this.#wait(key, pending, request);
      try {
        await this.#evaluate(key, found, request);
        return found;
      } catch (error) {
        // A response of the cache that another caller could use: one from the network may be newer.
        if (!shared || found.source === 'network' || !isNotationError(error)) throw error;
        this.#end(key, pending);
      }
    }
  }

  #begin<T>(key: string, request: ResponseRequest<T>): Pending {
    const controller = new AbortController();
    const waiting = new Set<ResponseRequest<unknown>>();
    const budget: Budget = {
      charge(resource, amount) {
        // Two certificates of one chain may wait for the same list.
        const budgets = new Set([...waiting].map((one) => one.budget));
        for (const one of budgets) one?.charge(resource, amount);
      },
    };
    const response = this.#find(key, request, { signal: controller.signal, budget });
    const pending = { response, controller, waiting };
    this.#pending.set(key, pending);
    return pending;
  }

  /** Waits for a request. It is aborted when no caller waits for it any more. */
  async #wait<T>(key: string, pending: Pending, request: ResponseRequest<T>): Promise<FoundResponse<T>> {
    pending.waiting.add(request);
    let found: FoundResponse<unknown> | undefined;
    try {
      found = await untilAborted(pending.response, request.signal, WHAT[request.kind]);
      return found as FoundResponse<T>;
    } finally {
      pending.waiting.delete(request);
      if (pending.waiting.size === 0) {
        this.#end(key, pending);
        // Not after a response: each abort makes an error with its stack.
        if (!found) pending.controller.abort();
      }
    }
  }

  /** Later callers start a new request. */
  #end(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key);
  }

  async #find<T>(
    key: string,
    request: ResponseRequest<T>,
    options: { signal: AbortSignal; budget: Budget },
  ): Promise<FoundResponse<T>> {
    const notes: string[] = [];
    const cached = await this.#readCache(key, request, notes);
    if (cached) return { ...cached, source: 'cache', notes };
    const fetched = async (): Promise<FoundResponse<T>> => {
      const der = await request.fetch(options);
      return { value: await request.read(der), der, source: 'network', notes };
    };
    return withNotes(notes, () => (request.hurried ? fetched() : this.#failed.watch(key, fetched)));
  }

  /** Evaluates a response at the time of a request, and keeps it for as long as it is current. */
  async #evaluate<T>(
    key: string,
    { value, der, source, notes }: FoundResponse<T>,
    request: ResponseRequest<T>,
  ): Promise<void> {
    const keepUntil = await withNotes(notes, () => request.evaluate(value));
    const now = request.now.getTime();
    // The first of several callers keeps it.
    if (!keepUntil || this.#stored.get(key, now)?.der === der) return;
    const bytes = der.length + PARSED;
    this.#stored.set(key, { value, der }, { bytes, expires: keepUntil.getTime() }, now);
    if (source === 'network') await this.#writeCache(key, der, keepUntil.getTime() - now, notes);
  }

  async #writeCache(key: string, der: Uint8Array, milliseconds: number, notes: string[]): Promise<void> {
    const cache = this.#cache;
    const ttl = Math.floor(milliseconds / 1000);
    if (!cache || ttl < 1) return;
    await callCache(
      () => cache.set(key, encodeBase64(der), { ttl }),
      (reason) => notes.push(reason),
    );
  }

  async #readCache<T>(
    key: string,
    { read, evaluate, maxBytes }: ResponseRequest<T>,
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
      const value = await read(der);
      if (!(await evaluate(value)))
        throw new NotationError('ERR_REVOCATION_UNKNOWN', 'it does not determine the status');
      return { value, der };
    } catch (error) {
      // Expired, or replaced by someone else who can write to the cache.
      if (!isNotationError(error)) throw error;
      note(`the cached response cannot be used: ${error.message}`);
      await callCache(() => cache.delete(key), note);
      return undefined;
    }
  }
}

/** Adds the failures of the cache to another failure. */
async function withNotes<T>(notes: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause) || notes.length === 0) throw cause;
    throw withMessage(cause, [cause.message, ...notes].join('; '));
  }
}

/** Returns a key that is safe for file systems and other stores, whatever the URL. */
async function keyOf({ kind, identity }: ResponseRequest<unknown>): Promise<string> {
  const lengths = encodeUtf8(identity.map(({ length }) => length).join());
  return `notarykit:${kind}:${encodeHex(await hash('SHA-256', concatBytes(lengths, ...identity)))}`;
}
