import { JiesuError } from './error.js';
import { loader } from './load.js';

export { JiesuError };

async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new JiesuError('bundle.fetch', `the bundle could not be fetched: ${answer.status} ${answer.url}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Opens an engine in a browser (or anything with `fetch` and `Worker`). */
export const load = loader({
  bundle: () => new URL('../bundle/slim.jiesu', import.meta.url),
  wasm: () => new URL('../pkg/jiesu_wasm_bg.wasm', import.meta.url),
  read: get,
  // A worker gets an absolute address: its own base is another. The main thread streams the answer into the compiler.
  code: (wasm, forWorker) => (typeof wasm === 'string' || wasm instanceof URL ? (forWorker ? new URL(wasm, globalThis.document?.baseURI ?? import.meta.url).href : fetch(wasm)) : wasm),
  worker: () => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'jiesu' });
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (onMessage, onError) => {
        worker.onmessage = ({ data }) => onMessage(data);
        worker.onerror = onError;
        worker.onmessageerror = onError;
      },
      terminate: () => worker.terminate(),
    };
  },
});
