// Bytes and latency of the browser module beside fasttext.wasm.js and transformers.js, as npm installs them.
//
//   wasm/build.sh && node benches/peers/browser.mjs
//
// The peers are installed without their scripts into a temporary folder. Bytes are those a page fetches: runtime, glue and model, gzip -9.
// fasttext.wasm.js brings a model of its own, which only names the language of a text: its latency is a floor, not the same work.
// transformers.js brings none (its models are downloaded from elsewhere), so it has no latency here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const PEERS = { 'fasttext.wasm.js': '1.0.0', '@huggingface/transformers': '4.3.1' };
const root = fileURLToPath(new URL('../../', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'jiesu-peers-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
writeFileSync(join(dir, 'package.json'), '{"private":true}');
execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', ...Object.entries(PEERS).map((p) => p.join('@'))], { cwd: dir, stdio: 'ignore' });

const peer = (path) => join(dir, 'node_modules', path);
const ours = (path) => join(root, 'wasm', path);

/** Raw and gzip bytes of some files together. */
function bytes(paths) {
  const files = paths.map((p) => readFileSync(p));
  return [files.reduce((n, f) => n + f.length, 0), files.reduce((n, f) => n + gzipSync(f, { level: 9 }).length, 0)];
}

const all = readFileSync(join(root, 'tests/golden/requests.jsonl'), 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l).text).join('').replaceAll('\n', ' ');
const texts = Array.from({ length: 100 }, (_, i) => all.slice((i * 131) % (all.length - 200)).slice(0, 200));

/** Milliseconds to the first answer, then p50 and p95 of 2,000 more. */
async function latency(open) {
  const begun = performance.now();
  const work = await open();
  await work(texts[0]);
  const first = performance.now() - begun;
  for (const text of texts) await work(text);
  const times = [];
  for (let i = 0; i < 2000; i++) {
    const from = performance.now();
    await work(texts[i % texts.length]);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return [first, times[1000], times[1900]];
}

const FAST = 'fasttext.wasm.js/dist';
const ORT = 'onnxruntime-web/dist';
const rows = [
  [
    'jiesu',
    'type, urgency, topic, units, place, personal data, …',
    bytes([ours('pkg/jiesu_wasm_bg.wasm'), ours('pkg/jiesu_wasm.js')]),
    bytes([ours('bundle/slim.jiesu')]),
    await latency(async () => {
      const { load } = await import(pathToFileURL(ours('js/index.node.js')));
      const engine = await load();
      return (text) => engine.analyze(text);
    }),
  ],
  [
    `fasttext.wasm.js ${PEERS['fasttext.wasm.js']}`,
    'language',
    bytes([peer(`${FAST}/core/fastText.common.wasm`), peer(`${FAST}/core/fastText.common.js`)]),
    bytes([peer(`${FAST}/models/language-identification/assets/lid.176.ftz`)]),
    await latency(async () => {
      const { getLIDModel } = await import(pathToFileURL(peer(`${FAST}/main/node.mjs`)));
      const model = await getLIDModel();
      await model.load();
      return (text) => model.identify(text);
    }),
  ],
  [
    `transformers.js ${PEERS['@huggingface/transformers']}`,
    'none without a download',
    bytes([peer('@huggingface/transformers/dist/transformers.web.min.js'), peer(`${ORT}/ort.webgpu.bundle.min.mjs`), peer(`${ORT}/ort-wasm-simd-threaded.asyncify.wasm`)]),
    null,
    null,
  ],
];

const n = (x) => x.toLocaleString('en');
console.log('| package | answers | runtime, bytes (gzip) | model, bytes (gzip) | to first answer, ms | p50, p95 of 200 characters, ms |\n|---|---|---|---|---|---|');
for (const [name, task, runtime, model, times] of rows) {
  const size = (pair) => (pair ? `${n(pair[0])} (${n(pair[1])})` : '–');
  console.log(`| ${name} | ${task} | ${size(runtime)} | ${size(model)} | ${times ? times[0].toFixed(0) : '–'} | ${times ? `${times[1].toFixed(2)}, ${times[2].toFixed(2)}` : '–'} |`);
}
