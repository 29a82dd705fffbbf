import { JiesuError, fromWire } from './error.js';

/** The engine in a worker: each call is a message `{id, method, args}`, each answer `{id, ok, value | error}`. */
export class WorkerEngine {
  #worker;
  #pending = new Map();
  #next = 0;
  #failure;

  /**
   * @param {{ post(message: unknown, transfer?: Transferable[]): void, listen(onMessage: (m: any) => void, onError: (e: any) => void): void, terminate(): unknown }} worker
   */
  constructor(worker) {
    this.#worker = worker;
    worker.listen(
      ({ id, ok, value, error }) => {
        const call = this.#pending.get(id);
        if (!call) return;
        this.#pending.delete(id);
        if (ok) call.resolve(value);
        else call.reject(fromWire(error));
      },
      (e) => this.#stop(new JiesuError('worker.failed', `the worker failed: ${e?.message ?? e ?? 'unknown'}`, { cause: e })),
    );
  }

  static async open(worker, parts) {
    const engine = new WorkerEngine(worker);
    try {
      const given = await parts();
      await engine.#send('open', [given], [given.bundle.buffer]);
    } catch (e) {
      await engine.dispose();
      throw e;
    }
    return engine;
  }

  #send(method, args, transfer = []) {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      try {
        this.#worker.post({ id, method, args }, transfer);
      } catch (e) {
        this.#pending.delete(id);
        reject(new JiesuError('record.malformed', `not a record: ${e?.message ?? e}`, { cause: e }));
      }
    });
  }

  #stop(failure) {
    this.#failure ??= failure;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    return this.#worker.terminate();
  }

  analyze(input) {
    return this.#send('analyze', [input]);
  }

  analyzeJson(input) {
    return this.#send('analyzeJson', [input]);
  }

  mask(text) {
    return this.#send('mask', [text]);
  }

  setIncidents(records) {
    return this.#send('setIncidents', [records]);
  }

  lookup(input, options) {
    return this.#send('lookup', [input, options]);
  }

  async dispose() {
    await this.#stop(new JiesuError('engine.disposed', 'the engine was disposed of'));
  }
}
