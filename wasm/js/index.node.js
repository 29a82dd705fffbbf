import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { JiesuError } from './error.js';
import { loader } from './load.js';

export { JiesuError };

/** Reads a file by path or `file:` address, and fetches anything else. */
async function read(source) {
  const address = String(source);
  if (/^https?:/.test(address)) {
    const answer = await fetch(address);
    if (!answer.ok) throw new JiesuError('bundle.fetch', `the bundle could not be fetched: ${answer.status} ${address}`);
    return new Uint8Array(await answer.arrayBuffer());
  }
  return new Uint8Array(await readFile(address.startsWith('file:') ? fileURLToPath(address) : address));
}

/** Opens an engine in Node. */
export const load = loader({
  bundle: () => new URL('../bundle/slim.jiesu', import.meta.url),
  wasm: () => new URL('../pkg/jiesu_wasm_bg.wasm', import.meta.url),
  read,
  code: (wasm) => (typeof wasm === 'string' || wasm instanceof URL ? read(wasm) : wasm),
  worker: () => {
    const worker = new Worker(new URL('./worker.node.js', import.meta.url), { name: 'jiesu' });
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (onMessage, onError) => {
        worker.on('message', onMessage);
        worker.on('error', onError);
        worker.on('exit', (code) => onError(new Error(`exit ${code}`)));
      },
      terminate: () => worker.terminate(),
    };
  },
});
