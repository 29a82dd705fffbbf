// Figures of the module: bytes, load to first answer, time per analysis, memory over many analyses. node wasm/bench.mjs
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { load } from 'jiesu';
import { lines, project } from './test/support.js';

const kb = (n) => `${(n / 1024).toFixed(0)} KB`;
for (const path of ['wasm/pkg/jiesu_wasm_bg.wasm', 'wasm/pkg/jiesu_wasm.js', 'wasm/bundle/slim.jiesu']) {
  const bytes = readFileSync(project(path));
  console.log(`${path}: raw ${kb(bytes.length)}, gzip ${kb(gzipSync(bytes, { level: 9 }).length)}, brotli ${kb(brotliCompressSync(bytes).length)}`);
}

// 200 characters each, as a caller's account is.
const all = lines('tests/golden/requests.jsonl').map((l) => JSON.parse(l).text).join('');
const texts = Array.from({ length: 100 }, (_, i) => all.slice((i * 131) % (all.length - 200)).slice(0, 200));

const begun = performance.now();
const engine = await load();
const loaded = performance.now();
await engine.analyze(texts[0]);
console.log(`load ${(loaded - begun).toFixed(0)} ms, to the first answer ${(performance.now() - begun).toFixed(0)} ms`);

for (const text of texts) await engine.analyze(text);
const times = [];
let early = 0;
for (let i = 0; i < 10_000; i++) {
  const from = performance.now();
  await engine.analyze(texts[i % texts.length]);
  times.push(performance.now() - from);
  if (i === 1000) early = process.memoryUsage().rss;
}
times.sort((a, b) => a - b);
const at = (q) => times[Math.floor(times.length * q)].toFixed(2);
console.log(`analysis of 200 characters: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`);
console.log(`resident after 1,000 analyses ${kb(early)}, after 10,000 ${kb(process.memoryUsage().rss)}`);
await engine.dispose();
