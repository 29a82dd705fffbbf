import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Writes sw.js with the list of every file of the build, so that the page works without a network after its first load. */
const offline = {
  name: 'jiesu-offline',
  apply: 'build',
  generateBundle(_, bundle) {
    const files = ['./', ...Object.keys(bundle).filter((f) => f !== 'index.html'), 'city.json', 'sample.jsonl', 'icon.svg', 'jiesu.webmanifest'];
    const hash = [...files.join()].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, 7).toString(36);
    const source = readFileSync(at('src/sw.js'), 'utf8').replace("'__FILES__'", JSON.stringify(files)).replace('__VERSION__', hash);
    this.emitFile({ type: 'asset', fileName: 'sw.js', source });
  },
};

export default defineConfig({
  root: at('.'),
  base: './',
  resolve: { alias: { jiesu: at('../js/index.js') } },
  server: { fs: { allow: [at('..')] } },
  worker: { format: 'es' },
  build: { target: 'es2022', modulePreload: false, assetsInlineLimit: 0, emptyOutDir: true },
  plugins: [offline],
});
