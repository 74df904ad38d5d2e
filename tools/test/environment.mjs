/**
 * Where a test file runs: a realm of its own with Node's globals, as jest's `node` environment has it, on which the tests spend a fifth
 * less CPU. There each access to a global goes through a proxy, to clear away at the end what a test file has put there; here the
 * realm's own global object goes, with all that is in it.
 */
import { constants, createContext } from 'node:vm';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';
import { installCommonGlobals } from 'jest-util';

/** A file's own, or absent as in jest: to look at the storage of Node would warn. */
const NOT_SHARED = new Set(['globalThis', 'global', 'localStorage', 'sessionStorage']);
/** Both realms have them, and Node gives out its own: `instanceof` is to hold for those. */
const OF_NODE = ['Buffer', 'ArrayBuffer', 'Uint8Array'];
/** Node's ten frames are few for a failed expectation inside helpers. */
const STACK_FRAMES = 100;

export default class RealmEnvironment {
  constructor({ projectConfig }) {
    this.global = createContext(constants.DONT_CONTEXTIFY);
    addGlobalsOfNode(this.global);
    installCommonGlobals(this.global, projectConfig.globals, 'off');
    this.global.Error.stackTraceLimit = STACK_FRAMES;
    this.conditions = projectConfig.testEnvironmentOptions.customExportConditions;
    this.moduleMocker = new ModuleMocker(this.global);
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: this.global });
    /** jest asks for the older kind as well, which nobody uses. */
    this.fakeTimers = null;
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    this.fakeTimersModern = null;
    this.global = null;
  }

  exportConditions() {
    return this.conditions;
  }

  getVmContext() {
    return this.global;
  }
}

function addGlobalsOfNode(global) {
  const own = new Set(Object.getOwnPropertyNames(global));
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!own.has(name) && !NOT_SHARED.has(name)) Object.defineProperty(global, name, shared(name));
  }
  for (const name of OF_NODE) global[name] = globalThis[name];
  global.global = global;
}

/** What is made at its first use (`fetch`, `crypto`) stays so, and a test that replaces it does so for its file only. */
function shared(name) {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if ('value' in descriptor) return descriptor;
  const { enumerable } = descriptor;
  return {
    configurable: true,
    enumerable,
    get: () => globalThis[name],
    set(value) {
      Object.defineProperty(this, name, { configurable: true, enumerable, writable: true, value });
    },
  };
}
