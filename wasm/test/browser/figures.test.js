// The bars of the package, measured: bytes over the wire, load to first answer, time of an analysis, memory. Prints what it finds.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { open } from '../chromium.js';
import { serve } from '../server.js';
import { lines, project } from '../support.js';

const TEXT = '海淀区上庄镇某工地拖欠工资，九个人一共一万二，请帮帮我们。';

test('bytes over the wire', (t) => {
  for (const [path, most] of [['wasm/pkg/jiesu_wasm_bg.wasm', 450_000], ['wasm/pkg/jiesu_wasm.js', 8_000], ['wasm/bundle/slim.jiesu', 2_000_000]]) {
    const bytes = readFileSync(project(path));
    const gzip = gzipSync(bytes, { level: 9 }).length;
    t.diagnostic(`${path}: ${bytes.length} bytes, ${gzip} gzip (at most ${most})`);
    assert.ok(gzip <= most, `${path}: ${gzip} > ${most}`);
  }
});

describe('in Chromium, from a server on this machine', () => {
  let site, server, browser;
  before(async () => {
    site = mkdtempSync(join(tmpdir(), 'jiesu-figures-'));
    for (const part of ['js', 'pkg', 'bundle']) cpSync(project(`wasm/${part}`), join(site, part), { recursive: true });
    writeFileSync(join(site, 'index.html'), '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="main.js"></script>');
    writeFileSync(
      join(site, 'main.js'),
      `import { load } from './js/index.js';
       const worker = location.hash === '#worker';
       window.engine = await load({ worker });
       await engine.analyze(${JSON.stringify(TEXT)});
       window.first = performance.now();`,
    );
    server = await serve(site);
    browser = await open();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(site, { recursive: true, force: true });
  });

  /** A new tab; the server forbids keeping, so each fetches everything. */
  async function visit(hash) {
    const page = await browser.context.newPage();
    await page.goto(`${server.url}#${hash}`);
    await page.waitForFunction(() => window.first);
    return page;
  }

  for (const hash of ['main', 'worker']) {
    test(`from navigation to the first answer: ${hash}`, async (t) => {
      const times = [];
      for (let i = 0; i < 7; i++) {
        const page = await visit(hash);
        times.push(Math.round(await page.evaluate(() => window.first)));
        await page.close();
      }
      const sorted = times.toSorted((a, b) => a - b);
      t.diagnostic(`${times.join(' ')}, median ${sorted[3]} ms (bar 500)`);
      // The first one also warms the browser, and another process's work only adds: on a busy machine the fastest tell what ours takes.
      assert.ok(sorted[1] <= 500, times.join(' '));
    });
  }

  test('10,000 analyses of 200 characters: time, and memory that stays', async (t) => {
    const page = await visit('main');
    const all = lines('tests/golden/requests.jsonl').map((l) => JSON.parse(l).text).join('');
    const texts = Array.from({ length: 100 }, (_, i) => all.slice((i * 131) % (all.length - 200)).slice(0, 200));
    const { times, memory } = await page.evaluate(async (texts) => {
      const { default: init } = await import('./pkg/jiesu_wasm.js');
      const module = (await init()).memory;
      const measure = () => {
        gc();
        return { wasm: module.buffer.byteLength, heap: performance.memory.usedJSHeapSize };
      };
      for (const text of texts) await engine.analyze(text);
      const memory = [measure()];
      const times = [];
      for (let i = 0; i < 10_000; i++) {
        const from = performance.now();
        await engine.analyze(texts[i % texts.length]);
        times.push(performance.now() - from);
      }
      memory.push(measure());
      return { times, memory };
    }, texts);
    times.sort((a, b) => a - b);
    const at = (q) => times[Math.floor(times.length * q)];
    const [early, late] = memory;
    t.diagnostic(`p50 ${at(0.5).toFixed(2)} ms, p95 ${at(0.95).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms (bar: p95 8 ms)`);
    t.diagnostic(`after 100 analyses: module ${early.wasm} bytes, heap ${early.heap}; after 10,100: module ${late.wasm}, heap ${late.heap}`);
    assert.ok(at(0.95) <= 8, `p95 ${at(0.95)}`);
    assert.equal(late.wasm, early.wasm, 'the module asked for more memory');
    assert.ok(late.heap - early.heap < 1 << 20, `the heap grew by ${late.heap - early.heap}`);
  });
});
