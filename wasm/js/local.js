import init, { Engine as Module } from '../pkg/jiesu_wasm.js';
import { JiesuError, asJiesuError } from './error.js';

/** The module is instantiated once per thread, whatever the number of engines. */
let ready;

/** A lone surrogate has no UTF-8 form; it becomes U+FFFD, which keeps every UTF-16 offset. */
const wellFormed = (text) => (text.isWellFormed?.() === false ? text.toWellFormed() : text);

/** A record as the JSON the module reads. */
function toJson(input) {
  if (typeof input === 'string') return JSON.stringify({ text: wellFormed(input) });
  if (input === null || typeof input !== 'object') throw new JiesuError('record.malformed', `expected a text or a record, got ${input === null ? 'null' : typeof input}`);
  return JSON.stringify(input, (_, value) => (typeof value === 'string' ? wellFormed(value) : value));
}

/** The engine in this thread. */
export class LocalEngine {
  #module;

  /** @param {Module} module */
  constructor(module) {
    this.#module = module;
  }

  /**
   * @param {{ bundle: Uint8Array, wasm: BufferSource | WebAssembly.Module | Response | Promise<Response> }} parts
   */
  static async open({ bundle, wasm }) {
    try {
      ready ??= init({ module_or_path: wasm });
      await ready;
    } catch (e) {
      ready = undefined;
      throw new JiesuError('wasm.load', `the module could not be loaded: ${e?.message ?? e}`, { cause: e });
    }
    try {
      return new LocalEngine(new Module(bundle));
    } catch (e) {
      throw asJiesuError(e);
    }
  }

  #call(work) {
    if (!this.#module) throw new JiesuError('engine.disposed', 'the engine was disposed of');
    try {
      return work(this.#module);
    } catch (e) {
      const error = asJiesuError(e);
      // After a trap the module's memory is not to be trusted.
      if (e instanceof WebAssembly.RuntimeError) this.#module = undefined;
      throw error;
    }
  }

  async analyze(input) {
    return JSON.parse(this.#call((m) => (typeof input === 'string' ? m.analyzeText(wellFormed(input)) : m.analyze(toJson(input)))));
  }

  async analyzeJson(input) {
    return this.#call((m) => m.analyzeJson(toJson(input)));
  }

  async mask(text) {
    return this.#call((m) => m.mask(wellFormed(String(text))));
  }

  async setIncidents(records) {
    return JSON.parse(this.#call((m) => m.setIncidents(records.map(toJson))));
  }

  async lookup(input, { limit = 5 } = {}) {
    return JSON.parse(this.#call((m) => m.lookup(toJson(input), limit)));
  }

  async dispose() {
    this.#module?.free();
    this.#module = undefined;
  }
}
