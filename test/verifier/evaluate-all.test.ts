import { beforeAll, describe, expect, it } from 'vitest';
import {
  classify,
  createMemoryRegistry,
  createSigner,
  createTrustStore,
  createVerifier,
  type EvaluateAllOptions,
  type EvaluationResult,
  evaluateAll,
  parseReference,
  type Registry,
  type Repository,
  type Signer,
  sign,
  type TrustStore,
  type VerifierOptions,
} from '../../src/index.ts';
import { generateTestChain } from '../../src/testing/index.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';
import { until } from '../support/until.ts';

const COUNT = 12;

let signer: Signer;
let trustStore: TrustStore;
let registry: Registry;
/** One is signed, the others are not. */
let references: string[];

beforeAll(async () => {
  const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
  trustStore = createTrustStore({ 'ca:acme': chain.root });
  registry = createMemoryRegistry();
  references = [];
  for (let count = 0; count < COUNT; count++) {
    const { reference } = await pushImage(registry, `${REPOSITORY}-${count}`);
    references.push(reference);
  }
  await sign(references[3] ?? '', { signer, registry });
});

function options(changed: Partial<VerifierOptions> = {}): VerifierOptions {
  const trustPolicy = policyDocument({ registryScopes: ['*'], trustedIdentities: ['*'] });
  return { trustPolicy, trustStore, registry, ...changed };
}

/** The registry with an operation of its repositories replaced. */
function registryWith(change: (repository: Repository) => Partial<Repository>): Registry {
  return {
    repository(reference) {
      const repository = registry.repository(reference);
      const own = Object.getPrototypeOf(repository);
      return Object.assign(
        Object.create(own, Object.getOwnPropertyDescriptors(repository)),
        change(repository),
      );
    },
  };
}

/** A registry that counts how many references are resolved at the same time, and answers when it is told to. */
function gatedRegistry() {
  const waiting: (() => void)[] = [];
  const seen = { now: 0, most: 0, begun: 0 };
  const gated = registryWith((repository) => ({
    resolve: async (target, options) => {
      seen.begun += 1;
      seen.now += 1;
      seen.most = Math.max(seen.most, seen.now);
      await new Promise<void>((resolve) => waiting.push(resolve));
      seen.now -= 1;
      return repository.resolve(target, options);
    },
  }));
  return { gated, waiting, seen };
}

const classes = (results: readonly EvaluationResult[]) =>
  results.map(({ report, error }) => classify(report ?? error).class);

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the results of many references', () => {
  it('has one for each reference, in the order of the references', async () => {
    const results = await evaluateAll(references, options()).all();

    expect(results.map(({ reference }) => reference)).toEqual(references);
    expect(results.map(({ index }) => index)).toEqual(references.map((_, index) => index));
    expect(classes(results)).toEqual(references.map((_, index) => (index === 3 ? 'verified' : 'unsigned')));
  });

  it('yields them in the order in which they are complete', async () => {
    const { gated, waiting } = gatedRegistry();
    const verifier = createVerifier(options({ registry: gated }));
    const results = verifier.evaluateAll(references.slice(0, 3), { concurrency: 3 })[Symbol.asyncIterator]();
    const first = results.next();
    await until(() => waiting.length === 3);

    waiting[1]?.();

    expect((await first).value).toMatchObject({ index: 1, reference: references[1] });
    waiting[2]?.();
    expect((await results.next()).value).toMatchObject({ index: 2 });
    waiting[0]?.();
    expect((await results.next()).value).toMatchObject({ index: 0 });
    expect(await results.next()).toMatchObject({ done: true });
  });

  it('takes references in parts, and copies where they are written', async () => {
    const location = { file: 'pod.yaml', line: 7, column: 14 };
    const [first = ''] = references;
    const given = [{ reference: first, location }, parseReference(first)];

    const results = await evaluateAll(given, options()).all();

    expect(results).toMatchObject([{ reference: first, location }, { reference: first }]);
    expect(results[1]).not.toHaveProperty('location');
  });

  it('are those of one evaluation for a reference that an array repeats', async () => {
    let begun = 0;
    const counting = registryWith((repository) => ({
      resolve: (target, options) => {
        begun += 1;
        return repository.resolve(target, options);
      },
    }));
    const [first = '', second = ''] = references;

    const results = await evaluateAll([first, second, first], options({ registry: counting })).all();

    expect(begun).toBe(2);
    expect(results.map(({ reference }) => reference)).toEqual([first, second, first]);
    expect(results[2]?.report).toEqual(results[0]?.report);
  });

  it('reads an async iterable as it is needed', async () => {
    async function* list() {
      for (const reference of references) yield reference;
    }

    const results = await evaluateAll(list(), options()).all();

    expect(results.map(({ reference }) => reference)).toEqual(references);
  });

  it('is empty for no references', async () => {
    await expect(evaluateAll([], options()).all()).resolves.toEqual([]);
  });

  it('fetches nothing before it is read', async () => {
    const { gated, seen } = gatedRegistry();

    evaluateAll(references, options({ registry: gated }));
    await settle();

    expect(seen.begun).toBe(0);
  });
});

describe('what goes wrong with one reference', () => {
  it('is its result, and the others go on', async () => {
    const given = [references[3] ?? '', `${REPOSITORY}:missing`, 'not a reference', references[0] ?? ''];

    const results = await evaluateAll(given, options()).all();

    expect(classes(results)).toEqual(['verified', 'undecided', 'misconfigured', 'unsigned']);
    expect(results[1]?.error?.code).toBe('ERR_NOT_FOUND');
    expect(results[2]?.error?.code).toBe('ERR_REFERENCE_INVALID');
  });

  it('is undecided if a registry of the caller throws something else', async () => {
    const broken = registryWith(() => ({ resolve: () => Promise.reject(new TypeError('out of order')) }));

    const [result] = await evaluateAll(references.slice(0, 1), options({ registry: broken })).all();

    expect(classify(result?.error)).toEqual({ class: 'undecided', retryable: true });
    expect(result?.error?.message).toContain('out of order');
  });

  it('is a result also for an item that is not a reference', async () => {
    const given = [7, undefined] as unknown as string[];

    const results = await evaluateAll(given, options()).all();

    expect(results.map(({ error }) => error?.code)).toEqual(['ERR_ARGUMENT_INVALID', 'ERR_ARGUMENT_INVALID']);
  });
});

describe('the concurrency', () => {
  it('is 8 by default', async () => {
    const { gated, waiting, seen } = gatedRegistry();
    const results = evaluateAll(references, options({ registry: gated })).all();
    await until(() => waiting.length === 8);
    await settle();
    expect(seen.begun).toBe(8);

    while (seen.now > 0) {
      waiting.shift()?.();
      await settle();
    }

    expect(await results).toHaveLength(COUNT);
    expect(seen.most).toBe(8);
  });

  it('counts results that were not taken yet', async () => {
    const seen: number[] = [];
    let begun = 0;
    const counting = registryWith((repository) => ({
      resolve: (target, options) => {
        begun += 1;
        return repository.resolve(target, options);
      },
    }));

    for await (const { index } of evaluateAll(references, {
      ...options({ registry: counting }),
      concurrency: 2,
    })) {
      seen.push(index);
      await settle();
      expect(begun).toBeLessThanOrEqual(seen.length + 2);
    }

    expect(seen).toHaveLength(COUNT);
  });
});

describe('onResult', () => {
  it('is called with each result and how many there are', async () => {
    const seen: [number, unknown][] = [];

    const results = await evaluateAll(references.slice(0, 3), {
      ...options(),
      onResult: (result, progress) => seen.push([result.index, progress]),
    }).all();

    expect(seen.map(([index]) => index).toSorted()).toEqual([0, 1, 2]);
    expect(seen.map(([, progress]) => progress)).toEqual([1, 2, 3].map((done) => ({ done, total: 3 })));
    expect(results).toHaveLength(3);
  });

  it('does not know how many an iterable has', async () => {
    const seen: unknown[] = [];

    await evaluateAll(new Set(references.slice(0, 1)), {
      ...options(),
      onResult: (_, progress) => seen.push(progress),
    }).all();

    expect(seen).toEqual([{ done: 1 }]);
  });

  it('ends the evaluation with what it throws', async () => {
    const results = evaluateAll(references, {
      ...options(),
      onResult: () => {
        throw new RangeError('full');
      },
    });

    await expect(results.all()).rejects.toThrow(new RangeError('full'));
  });
});

describe('an evaluation that ends early', () => {
  /** A registry that never responds, and remembers the signals that it got. */
  function silentRegistry() {
    const signals: (AbortSignal | undefined)[] = [];
    const silent = registryWith(() => ({
      resolve: (_, options) => {
        signals.push(options?.signal);
        return new Promise<never>(() => undefined);
      },
    }));
    return { silent, signals };
  }

  it('stops what has begun when the consumer leaves the loop', async () => {
    const { gated, waiting, seen } = gatedRegistry();
    const run = (async () => {
      for await (const _ of evaluateAll(references, { ...options({ registry: gated }), concurrency: 2 }))
        break;
    })();
    await until(() => waiting.length === 2);
    waiting[0]?.();
    await run;
    await settle();

    expect(seen.begun).toBeLessThanOrEqual(3);
  });

  it('is aborted by its signal', async () => {
    const { silent, signals } = silentRegistry();
    const controller = new AbortController();
    const results = evaluateAll(references, {
      ...options({ registry: silent }),
      signal: controller.signal,
    }).all();
    await until(() => signals.length === 8);

    controller.abort();

    await expect(results).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(signals.every((signal) => signal?.aborted)).toBe(true);
  });

  it('leaves the rest undecided at its deadline', async () => {
    const { silent, signals } = silentRegistry();
    const [first = '', ...others] = references;
    const partly: Registry = {
      repository: (reference) =>
        (reference.repository.endsWith('-0') ? registry : silent).repository(reference),
    };

    const results = await evaluateAll([first, ...others], {
      ...options({ registry: partly }),
      deadline: new Date(Date.now() + 50),
    }).all();

    expect(classes(results)).toEqual(['unsigned', ...others.map(() => 'undecided')]);
    expect(results[1]?.error?.code).toBe('ERR_TIMEOUT');
    expect(signals).toHaveLength(8);
  });

  it('leaves all undecided if the deadline has passed', async () => {
    const results = await evaluateAll(references, { ...options(), deadline: Date.now() - 1 }).all();

    expect(new Set(classes(results))).toEqual(new Set(['undecided']));
  });

  it('does not wait for a list beyond its deadline', async () => {
    async function* endless(): AsyncGenerator<string> {
      yield references[0] ?? '';
      await new Promise(() => undefined);
    }

    const results = evaluateAll(endless(), { ...options(), deadline: Date.now() + 50 });

    await expect(results.all()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('fails when the list of references fails', async () => {
    function* broken(): Generator<string> {
      yield references[0] ?? '';
      throw new RangeError('the list is broken');
    }

    await expect(evaluateAll(broken(), options()).all()).rejects.toThrow('the list is broken');
  });
});

describe('a mistake of the caller', () => {
  let requests: number;

  async function failureOf(changed: object, list: unknown) {
    requests = 0;
    const counting = registryWith((repository) => ({
      resolve: (target, options) => {
        requests += 1;
        return repository.resolve(target, options);
      },
    }));
    return rejection(
      (async () => {
        await evaluateAll(list as string[], { ...options({ registry: counting }), ...changed }).all();
      })(),
    );
  }

  it.each<[string, EvaluateAllOptions & Partial<VerifierOptions>, string, RegExp]>([
    ['a concurrency of 0', { concurrency: 0 }, 'ERR_ARGUMENT_INVALID', /concurrency/],
    ['a fraction as concurrency', { concurrency: 1.5 }, 'ERR_ARGUMENT_INVALID', /concurrency/],
    ['a deadline that is a duration', { deadline: 3000 }, 'ERR_ARGUMENT_INVALID', /new Date\(Date\.now/],
    ['an invalid date as deadline', { deadline: new Date('never') }, 'ERR_ARGUMENT_INVALID', /deadline/],
    ['an onResult that is not a function', { onResult: {} as never }, 'ERR_ARGUMENT_INVALID', /onResult/],
    ['a platform of another form', { platforms: 'everything' }, 'ERR_ARGUMENT_INVALID', /platforms/],
    ['a platform and an index', { platforms: 'all', index: 'v1' }, 'ERR_ARGUMENT_INVALID', /not both/],
    ['a limit of the wrong type', { limits: { time: -1 } }, 'ERR_ARGUMENT_INVALID', /limits\.time/],
    [
      'user metadata of the wrong type',
      { userMetadata: { build: 7 as never } },
      'ERR_USER_METADATA_INVALID',
      /build/,
    ],
    [
      'a trust store that is missing',
      { trustStore: createTrustStore({}) },
      'ERR_TRUST_STORE_NOT_FOUND',
      /ca:acme/,
    ],
  ])('is reported before any request: %s', async (_, changed, code, message) => {
    const error = await failureOf(changed, references);

    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(requests).toBe(0);
  });

  it.each([['a string'], [7], [undefined], [{}]])('is reported for references that are %j', async (list) => {
    expect(await failureOf({}, list)).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('references must be an array'),
    });
  });

  it('is reported for a policy when it is called', () => {
    expect(() => evaluateAll(references, options({ trustPolicy: '{}' }))).toThrow(
      expect.objectContaining({ code: 'ERR_POLICY_INVALID' }),
    );
  });

  it('does not concern a trust store of a statement that applies to none of the references', async () => {
    const { trustPolicies } = policyDocument({ registryScopes: ['*'], trustedIdentities: ['*'] });
    const other = {
      ...trustPolicies[0],
      name: 'other',
      registryScopes: ['other.example/x'],
      trustStores: ['ca:other'],
    };
    const trustPolicy = { version: '1.0', trustPolicies: [...trustPolicies, other] };

    expect(classes(await evaluateAll(references.slice(3, 4), options({ trustPolicy })).all())).toEqual([
      'verified',
    ]);
  });
});
