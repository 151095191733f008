import { hash } from '../../crypto/digest.ts';
import { decodeBase64, encodeBase64 } from '../../encoding/base64.ts';
import { concatBytes, encodeUtf8 } from '../../encoding/bytes.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { throwIfAborted, untilAborted } from '../../net/abort.ts';
import { askCache, type Cache } from './cache.ts';

/** Bytes of replies, and replies, that are kept in memory; those that were used longest ago go first. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_REPLIES = 1000;

/** How to come by a reply. */
export interface ReplyRequest<T> {
  kind: 'ocsp' | 'crl';
  /** What the reply depends on: the address, what it is asked, and whose key must have signed. */
  identity: readonly Uint8Array[];
  /** Asks the authority. */
  ask(signal: AbortSignal): Promise<Uint8Array>;
  /** Reads and verifies; throws for a reply that must not be used. */
  load(der: Uint8Array): Promise<LoadedReply<T>>;
  /** The ceiling of a reply. */
  maxBytes: number;
  now: Date;
  signal?: AbortSignal | undefined;
}

/** A reply that was verified. */
export interface LoadedReply<T> {
  value: T;
  /** How long it may be kept; not at all without. */
  keepUntil?: Date | undefined;
}

/** A reply, and where it came from. */
export interface FoundReply<T> {
  value: T;
  der: Uint8Array;
  source: 'network' | 'cache';
  /** What went wrong with the cache. */
  notes: readonly string[];
}

interface Kept {
  value: unknown;
  der: Uint8Array;
  keepUntil: Date;
}

interface Pending {
  reply: Promise<FoundReply<unknown>>;
  controller: AbortController;
  waiting: number;
}

/**
 * Verified replies, kept for as long as they are current: in memory, where what was read stays read, and behind it in
 * a cache, which may be shared and is not trusted. Whoever wants the same at the same time shares one request.
 */
export class Replies {
  readonly #cache: Cache | undefined;
  readonly #kept = new Map<string, Kept>();
  readonly #pending = new Map<string, Pending>();
  #bytes = 0;

  constructor(cache: Cache | undefined) {
    this.#cache = cache;
  }

  /**
   * The reply to a request.
   * @throws NotationError that `ask` and `load` throw, `ERR_ABORTED`
   */
  async get<T>(request: ReplyRequest<T>): Promise<FoundReply<T>> {
    const key = await keyOf(request);
    const kept = this.#recall(key, request.now);
    if (kept) return { value: kept.value as T, der: kept.der, source: 'cache', notes: [] };
    const shared = this.#pending.get(key);
    const pending = shared ?? this.#begin(key, request);
    pending.waiting += 1;
    try {
      return (await untilAborted(pending.reply, request.signal)) as FoundReply<T>;
    } catch (error) {
      throwIfAborted(request.signal);
      // What was of no use at the time of another check may be at the time of this one.
      if (shared && isNotationError(error, 'ERR_REVOCATION_UNKNOWN')) {
        this.#end(key, pending);
        return await this.get(request);
      }
      throw error;
    } finally {
      // When nobody waits any more nothing is asked any more.
      pending.waiting -= 1;
      if (pending.waiting === 0) {
        this.#end(key, pending);
        pending.controller.abort();
      }
    }
  }

  #begin<T>(key: string, request: ReplyRequest<T>): Pending {
    const controller = new AbortController();
    const reply = this.#find(key, request, controller.signal);
    const pending = { reply, controller, waiting: 0 };
    this.#pending.set(key, pending);
    return pending;
  }

  /** Whoever comes later begins anew. */
  #end(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key);
  }

  async #find<T>(key: string, request: ReplyRequest<T>, signal: AbortSignal): Promise<FoundReply<T>> {
    const notes: string[] = [];
    const cached = await this.#readCache(key, request, notes);
    if (cached) return { ...cached, source: 'cache', notes };
    const { der, loaded } = await noting(notes, async () => {
      const asked = await request.ask(signal);
      return { der: asked, loaded: await request.load(asked) };
    });
    this.#keep(key, der, loaded);
    await this.#writeCache(key, der, loaded, request.now, notes);
    return { value: loaded.value, der, source: 'network', notes };
  }

  async #readCache<T>(
    key: string,
    { load, maxBytes }: ReplyRequest<T>,
    notes: string[],
  ): Promise<{ value: T; der: Uint8Array } | undefined> {
    const cache = this.#cache;
    if (!cache) return undefined;
    const note = (reason: string) => notes.push(reason);
    const text = await askCache(() => cache.get(key), note);
    if (text === null || text === undefined) return undefined;
    try {
      const fits = typeof text === 'string' && text.length <= Math.ceil(maxBytes / 3) * 4;
      const der = decodeBase64(fits ? text : '*', 'cached reply');
      const loaded = await load(der);
      if (!loaded.keepUntil) throw new NotationError('ERR_REVOCATION_UNKNOWN', 'it does not tell');
      this.#keep(key, der, loaded);
      return { value: loaded.value, der };
    } catch (error) {
      // Expired, or not what was put there: whoever can write to the cache decides nothing here.
      if (!isNotationError(error)) throw error;
      note(`what was kept in the cache is of no use: ${error.message}`);
      await askCache(() => cache.delete(key), note);
      return undefined;
    }
  }

  async #writeCache(
    key: string,
    der: Uint8Array,
    { keepUntil }: LoadedReply<unknown>,
    now: Date,
    notes: string[],
  ): Promise<void> {
    const cache = this.#cache;
    const ttl = keepUntil ? Math.floor((keepUntil.getTime() - now.getTime()) / 1000) : 0;
    if (!cache || ttl < 1) return;
    await askCache(
      () => cache.set(key, encodeBase64(der), { ttl }),
      (reason) => notes.push(reason),
    );
  }

  #recall(key: string, now: Date): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#forget(key);
    if (now > kept.keepUntil) return undefined;
    this.#remember(key, kept);
    return kept;
  }

  #keep(key: string, der: Uint8Array, { value, keepUntil }: LoadedReply<unknown>): void {
    this.#forget(key);
    if (!keepUntil) return;
    this.#remember(key, { value, der, keepUntil });
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MAX_BYTES && this.#kept.size <= MAX_REPLIES) break;
      this.#forget(oldest);
    }
  }

  #remember(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#bytes += kept.der.length;
  }

  #forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.der.length ?? 0;
    this.#kept.delete(key);
  }
}

/** A failure tells of the cache too. */
async function noting<T>(notes: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause) || notes.length === 0) throw cause;
    throw new NotationError(cause.code, [cause.message, ...notes].join('; '), { cause });
  }
}

/** Safe for file systems and other stores, whatever an address is made of. */
async function keyOf({ kind, identity }: ReplyRequest<unknown>): Promise<string> {
  const parts = await Promise.all(identity.map((part) => hash('SHA-256', part)));
  return `notarykit:${kind}:${encodeHex(await hash('SHA-256', concatBytes(encodeUtf8(kind), ...parts)))}`;
}
