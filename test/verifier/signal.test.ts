import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrustStore, evaluate, parseTrustPolicy } from '../../src/index.ts';
import { createRegistry } from '../../src/oci/index.ts';
import { policyDocument, REPOSITORY, rejection } from '../support/artifact.ts';

const reference = `${REPOSITORY}@sha256:${'0'.repeat(64)}`;

/** Evaluates with a registry that never responds. */
function evaluateInVain(signal: AbortSignal): Promise<unknown> {
  const registry = createRegistry({ fetch: () => new Promise<Response>(() => undefined) });
  const trustPolicy = parseTrustPolicy(policyDocument());
  return rejection(evaluate(reference, { trustPolicy, trustStore: createTrustStore({}), registry, signal }));
}

describe('evaluate', () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  beforeEach(() => void process.on('warning', note));
  afterEach(() => {
    process.off('warning', note);
    warnings.length = 0;
  });

  it('reports the deadline of a signal as a timeout, with the request that was waited for', async () => {
    expect(await evaluateInVain(AbortSignal.timeout(10))).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'the request to registry.example.com did not end before the deadline of the signal',
    });
  });

  it('reports a cancellation as an abort', async () => {
    const controller = new AbortController();
    const work = evaluateInVain(controller.signal);
    controller.abort();
    expect(await work).toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('takes one signal for many calls at the same time without a warning of a leak', async () => {
    const controller = new AbortController();
    const works = Array.from({ length: 12 }, () => evaluateInVain(controller.signal));
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    expect(await Promise.all(works)).toEqual(
      Array.from({ length: 12 }, () => expect.objectContaining({ code: 'ERR_ABORTED' })),
    );
    // Node emits warnings in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });
});
