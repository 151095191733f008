// The part of vitest that the tests use, for runtimes that vitest does not support: collects tests, and runs them one by
// one. The assertions are those of vitest's own package.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from '@vitest/expect';
import { restoreAllMocks, spyOn } from '@vitest/spy';

type Work = (...args: never[]) => unknown;
type Hook = 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll';

interface Test {
  name: string;
  work: () => unknown;
}

class Suite {
  readonly members: (Suite | Test)[] = [];
  readonly hooks: Record<Hook, (() => unknown)[]> = {
    beforeAll: [],
    beforeEach: [],
    afterEach: [],
    afterAll: [],
  };

  constructor(
    readonly name: string,
    readonly parent?: Suite,
  ) {}
}

/** The results of the tests of a file. */
export interface FileResult {
  file: string;
  passed: number;
  skipped: number;
  failures: { test: string; error: string }[];
  milliseconds: number;
}

const MAX_MILLISECONDS = 60_000;
const MAX_ERROR = 600;
let current = new Suite('');
let skipped = 0;
/** What to do at the end of the test that runs. */
let finishing: (() => unknown)[] = [];

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const asymmetric = (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT];
export const expect = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
  asymmetric,
  {
    unreachable(message = 'this should not be reached'): never {
      throw new Error(message);
    },
  },
);

const stubbed = new Map<string, PropertyDescriptor | undefined>();
export const vi = {
  spyOn,
  restoreAllMocks,
  stubGlobal(name: string, value: unknown): void {
    if (!stubbed.has(name)) stubbed.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  },
  unstubAllGlobals(): void {
    for (const [name, descriptor] of stubbed) {
      Reflect.deleteProperty(globalThis, name);
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
    stubbed.clear();
  },
};

export const beforeAll = hook('beforeAll');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');
export const afterAll = hook('afterAll');
export const onTestFinished = (work: () => unknown): void => void finishing.push(work);
export const describe = eachable((name, work) => {
  const outer = current;
  current = new Suite(name, outer);
  outer.members.push(current);
  try {
    work();
  } finally {
    current = outer;
  }
});
export const it = eachable((name, work) => current.members.push({ name, work }));
export const test = it;

/** Collects the tests of a file by evaluating it, and runs them. */
export async function runFile(file: string, evaluate: () => Promise<unknown>): Promise<FileResult> {
  const suite = new Suite('');
  const result: FileResult = { file, passed: 0, skipped: 0, failures: [], milliseconds: 0 };
  const start = Date.now();
  current = suite;
  skipped = 0;
  try {
    await evaluate();
    if (suite.members.length === 0) throw new Error('the file has no tests');
    await runSuite(suite, result);
  } catch (error) {
    result.failures.push({ test: file, error: shown(error) });
  }
  return { ...result, skipped, milliseconds: Date.now() - start };
}

async function runSuite(suite: Suite, result: FileResult): Promise<void> {
  try {
    for (const work of suite.hooks.beforeAll) await within(work);
    for (const member of suite.members) {
      if (member instanceof Suite) await runSuite(member, result);
      else await runTest(suite, member, result);
    }
  } catch (error) {
    result.failures.push({ test: `${pathOf(suite)} (hook)`, error: shown(error) });
  } finally {
    for (const work of suite.hooks.afterAll) await within(work);
  }
}

async function runTest(suite: Suite, { name, work }: Test, result: FileResult): Promise<void> {
  try {
    for (const one of chainOf(suite)) for (const before of one.hooks.beforeEach) await within(before);
    try {
      await within(work);
    } finally {
      for (const one of chainOf(suite).reverse())
        for (const after of one.hooks.afterEach) await within(after);
      const left = finishing.reverse();
      finishing = [];
      for (const finish of left) await within(finish);
    }
    result.passed += 1;
  } catch (error) {
    result.failures.push({ test: `${pathOf(suite)} > ${name}`, error: shown(error) });
  }
}

function chainOf(suite: Suite): Suite[] {
  return suite.parent ? [...chainOf(suite.parent), suite] : [suite];
}

function pathOf(suite: Suite): string {
  return chainOf(suite)
    .map(({ name }) => name)
    .filter(Boolean)
    .join(' > ');
}

async function within(work: () => unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it takes more than ${MAX_MILLISECONDS} ms`)),
      MAX_MILLISECONDS,
    );
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function hook(kind: Hook) {
  return (work: () => unknown): void => void current.hooks[kind].push(work);
}

/** `describe` or `it` with what can be put behind it. */
function eachable(add: (name: string, work: () => unknown) => void) {
  return Object.assign((name: string, work: () => unknown) => add(name, work), {
    each:
      (table: readonly unknown[]) =>
      (name: string, work: Work): void => {
        const spread = table.every(Array.isArray);
        for (const row of table) {
          const values: readonly unknown[] = spread ? (row as unknown[]) : [row];
          add(filled(name, values), () => work(...(values as never[])));
        }
      },
    skip: (): void => {
      skipped += 1;
    },
  });
}

/** The name of one row: `%s` and such in turn, or `$member`. */
function filled(name: string, values: readonly unknown[]): string {
  const [first] = values;
  const rest = [...values];
  const positional = name.replace(/%[sdijo]/g, () => short(rest.shift()));
  if (typeof first !== 'object' || first === null) return positional;
  return positional.replace(/\$(\w+)/g, (_, member: string) => short(Reflect.get(first, member)));
}

function short(value: unknown): string {
  return String(value).slice(0, 60);
}

function shown(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, MAX_ERROR);
}
