import crypto from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { enableCompileCache, registerHooks, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CollectedTest, takeCollected } from './collected.ts';
import { NOT_HERE, SINGLE_TESTS, WHOLE_FILES } from './tests.ts';

/** What Stryker's instrumented code and whoever runs it tell each other. */
interface Instruments {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}

declare global {
  var __stryker__: Instruments | undefined;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly mutantActivation: 'runtime' | 'static';
}

interface LoadedTest extends CollectedTest {
  readonly id: string;
  readonly fileName: string;
}

/**
 * A mutant that no test has noticed within so many ms of a processor's time, or within so many altogether, counts as
 * survived: the figures are never too good.
 */
const PATIENCE = { processor: 10_000, altogether: 60_000 };
/** A test hangs that takes so many ms more than ten times what it usually takes. */
const GRACE = 3000;
/** For the first run, which knows of no usual time. */
const LONGEST = 60_000;
/** Beside the mutants, for all processes that try them. */
const TIMES = 'test-times.json';

// Some tests have time stand still.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;
const HUNG = Symbol('hung');

/**
 * Runs tests as often as there are mutants in one process, which `node --test` would start anew for each test file of each
 * mutant. A test kills a mutant if it fails with it, and without it, right after that, does not: else the process is to
 * blame for it, and another one tries again.
 */
export class InProcessRunner {
  readonly #instruments: Instruments;
  #tests: LoadedTest[] = [];
  #times: Record<string, number> = {};
  /** How many mutants each test has killed. */
  readonly #kills = new Map<string, number>();
  /** Something has failed here, which may have left something behind. */
  #isUsed = false;
  /** What is left behind makes tests fail. */
  #isSpoilt = false;
  #onStray: (fault: unknown) => void = () => {};

  constructor() {
    globalThis.__stryker__ ??= {};
    this.#instruments = globalThis.__stryker__;
    for (const event of ['uncaughtException', 'unhandledRejection'])
      process.on(event, (fault: unknown) => this.#onStray(fault));
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    await this.#load();
    const results: object[] = [];
    for (const test of this.#tests) {
      this.#instruments.currentTestId = test.id;
      const began = performance.now();
      const fault = await this.#run(test, LONGEST);
      this.#instruments.currentTestId = undefined;
      const timeSpentMs = Math.round(performance.now() - began);
      this.#times[test.id] = timeSpentMs;
      const told = { id: test.id, name: test.id, fileName: test.fileName, timeSpentMs };
      if (fault === null) results.push({ ...told, status: 0 });
      else results.push({ ...told, status: 1, failureMessage: inspected(fault) });
    }
    writeFileSync(TIMES, JSON.stringify(this.#times));
    return { status: 'complete', tests: results, mutantCoverage: this.#instruments.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }: MutantRun) {
    // Stryker makes another process where this one gives up.
    if (this.#isSpoilt) throw new Error('this process is spoilt');
    this.#instruments.hitCount = hitLimit === undefined ? undefined : 0;
    this.#instruments.hitLimit = hitLimit;
    if (mutantActivation === 'static') this.#instruments.activeMutant = activeMutant.id;
    if (this.#tests.length === 0) {
      try {
        await this.#load();
      } catch (fault) {
        this.#isSpoilt = true;
        // Only a mutant that was active as they were loaded can have kept the tests from that.
        if (mutantActivation === 'runtime') throw fault;
        return { status: 'killed', killedBy: [], failureMessage: inspected(fault), nrOfTests: 0 };
      }
    }

    const wanted = testFilter && new Set(testFilter);
    const tests = this.#tests
      .filter(({ id }) => wanted?.has(id) ?? true)
      .sort((left, right) => this.#rank(left) - this.#rank(right));
    const [began, usage] = [performance.now(), process.cpuUsage()];
    let nrOfTests = 0;
    for (const test of tests) {
      const { user, system } = process.cpuUsage(usage);
      const isEnough = (user + system) / 1000 > PATIENCE.processor || performance.now() - began > PATIENCE.altogether;
      if (isEnough) break;
      nrOfTests++;
      this.#instruments.activeMutant = activeMutant.id;
      const fault = await this.#run(test, GRACE + 10 * (this.#times[test.id] ?? 0));
      if (mutantActivation === 'runtime') this.#instruments.activeMutant = undefined;
      if (fault === null) continue;

      const isEndless = fault === HUNG || (this.#instruments.hitCount ?? 0) > (hitLimit ?? Number.POSITIVE_INFINITY);
      if (isEndless || mutantActivation === 'static') this.#isSpoilt = true;
      if (isEndless) return { status: 'timeout', reason: fault === HUNG ? 'a test hangs' : 'the limit of hits' };
      await this.#check(test, mutantActivation);
      this.#kills.set(test.id, (this.#kills.get(test.id) ?? 0) + 1);
      return { status: 'killed', killedBy: [test.id], failureMessage: inspected(fault), nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  /** Whether the test that has just failed does so without the mutant. */
  async #check(test: LoadedTest, activation: 'runtime' | 'static'): Promise<void> {
    if (activation === 'static') return;
    this.#instruments.hitLimit = undefined;
    const stays = await this.#run(test, GRACE + 10 * (this.#times[test.id] ?? 0));
    this.#isSpoilt = stays !== null;
    if (stays !== null && this.#isUsed) throw new Error('this process is spoilt');
    this.#isUsed = true;
  }

  /** Those that have killed much in little time come first. */
  #rank({ id }: LoadedTest): number {
    return ((this.#times[id] ?? 0) + 1) / (1 + (this.#kills.get(id) ?? 0));
  }

  /** @returns what went wrong, or null. */
  async #run(test: LoadedTest, patience: number): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    let stray: unknown = null;
    this.#onStray = (fault) => {
      stray ??= fault;
    };
    const hung = new Promise((resolve) => {
      timer = startTimer(resolve, patience, HUNG);
    });
    const ended = test.run().then(
      () => null,
      (fault: unknown) => fault ?? 'nothing',
    );
    const fault = await Promise.race([ended, hung]);
    stopTimer(timer);
    this.#onStray = () => {};
    return fault ?? stray;
  }

  async #load(): Promise<void> {
    // Processes are many, and each loads the same.
    enableCompileCache(join(process.cwd(), 'compiled'));
    try {
      this.#times = JSON.parse(readFileSync(TIMES, 'utf8'));
    } catch {
      // The first run makes it.
    }
    const loaded: LoadedTest[] = [];
    for (const fileName of SINGLE_TESTS) {
      await import(urlOf(fileName));
      const here = takeCollected().tests.filter(({ name }) => !NOT_HERE.test(name));
      for (const test of here) loaded.push({ ...test, id: `${fileName}: ${test.name}`, fileName });
    }
    for (const fileName of WHOLE_FILES) loaded.push({ name: '', run: () => runFile(fileName), id: fileName, fileName });
    this.#tests = loaded;
  }
}

let imports = 0;

/** Runs all tests of a file, which is loaded anew for that, up to the first that fails. */
async function runFile(fileName: string): Promise<void> {
  const faults: unknown[] = [];
  await import(`${urlOf(fileName)}?${imports++}`).catch((fault: unknown) => faults.push(fault));
  const { tests, hooks } = takeCollected();
  for (const test of tests) {
    if (faults.length > 0) break;
    if (!NOT_HERE.test(test.name)) await test.run().catch((fault: unknown) => faults.push(fault));
  }
  for (const hook of hooks) await Promise.try(hook).catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

function urlOf(fileName: string): string {
  return pathToFileURL(join(process.cwd(), fileName)).href;
}

function inspected(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}

const stand = new URL('collected.ts', import.meta.url).href;

/** Tests that ask for `node:test` are given what collects them. */
registerHooks({
  resolve(specifier, context, next) {
    const isTests = specifier === 'node:test' && context.parentURL !== stand;
    return isTests ? { url: stand, format: 'module-typescript', shortCircuit: true } : next(specifier, context);
  },
});

const { argon2 } = crypto;
/** What a board's own hashes cost in memory, KiB, and what is enough where only mutants are kept waiting. */
const [DEAR, CHEAP] = [19_456, 64];

/** Passwords are hashed as they are, at a hundredth of the cost: else most of the time would go into that. */
crypto.argon2 = (algorithm, options, callback) =>
  argon2(algorithm, options.memory === DEAR ? { ...options, memory: CHEAP } : options, callback);
syncBuiltinESMExports();

// What is drawn at random is the same in each process, for each mutant.
process.env['MSGBOARD_SEED'] ??= '1';

// Files that no power cut threatens need not be synced.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';
