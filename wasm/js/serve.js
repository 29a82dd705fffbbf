import { JiesuError, toWire } from './error.js';
import { LocalEngine } from './local.js';

const METHODS = new Set(['analyze', 'analyzeJson', 'mask', 'setIncidents', 'lookup']);

/** The worker's side: answers messages with a {@link LocalEngine}. */
export function serve(post) {
  let engine;
  return async ({ id, method, args }) => {
    try {
      let value;
      if (method === 'open') engine = await LocalEngine.open(args[0]);
      else {
        if (!engine || !METHODS.has(method)) throw new JiesuError('worker.protocol', `no such call: ${method}`);
        value = await engine[method](...args);
      }
      post({ id, ok: true, value });
    } catch (e) {
      post({ id, ok: false, error: toWire(e) });
    }
  };
}
