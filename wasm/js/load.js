import { JiesuError } from './error.js';
import { LocalEngine } from './local.js';
import { WorkerEngine } from './remote.js';

/** Bytes of a bundle, however it was given. The caller's own buffer is never handed away. */
async function bytes(source, read) {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok) throw new JiesuError('bundle.fetch', `the bundle could not be fetched: ${source.status} ${source.url}`);
    return new Uint8Array(await source.arrayBuffer());
  }
  if (typeof source === 'string' || source instanceof URL) {
    try {
      return await read(source);
    } catch (e) {
      throw e instanceof JiesuError ? e : new JiesuError('bundle.fetch', `${source}: ${e?.message ?? e}`, { cause: e });
    }
  }
  throw new JiesuError('bundle.source', 'give the bundle as a URL, bytes, a Blob or a Response');
}

/** Makes `load` for one platform. */
export const loader = (platform) =>
  async function load({ bundle = platform.bundle(), wasm = platform.wasm(), worker = false } = {}) {
    if (worker) {
      // The worker starts up while the bundle is on its way.
      const thread = platform.worker();
      const parts = async () => {
        const [given, code] = await Promise.all([bytes(bundle, platform.read), platform.code(wasm, true)]);
        // Bytes of the caller are copied, since a transfer would take them away.
        const own = given === bundle || given.buffer === bundle ? given.slice() : given;
        return { bundle: own, wasm: code };
      };
      return WorkerEngine.open(thread, parts);
    }
    const [own, code] = await Promise.all([bytes(bundle, platform.read), platform.code(wasm, false)]);
    return LocalEngine.open({ bundle: own, wasm: code });
  };
