// The package as a stranger gets it: packed, installed elsewhere, used in Node, through Vite and from a plain page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'vite';
import { open } from './chromium.js';
import { serve } from './server.js';
import { project } from './support.js';

const TEXT = '海淀区上庄镇拖欠工资';
const POLICY = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:" };

describe('the packed package', () => {
  let dir, home;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'jiesu-pack-'));
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', dir], { cwd: project('wasm'), encoding: 'utf8' }));
    home = join(dir, 'node_modules/jiesu');
    mkdirSync(home, { recursive: true });
    execFileSync('tar', ['-xzf', join(dir, filename), '-C', home, '--strip-components=1']);
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const all = (folder) => readdirSync(folder, { recursive: true }).filter((f) => statSync(join(folder, f)).isFile());
  const ends = (folder, ext) => all(folder).filter((f) => f.endsWith(ext));

  test('holds one module, one bundle, nothing of the workshop', () => {
    assert.equal(ends(home, '.wasm').length, 1);
    assert.equal(ends(home, '.jiesu').length, 1);
    assert.deepEqual(all(home).filter((f) => /^(test|web|node_modules|src|Cargo)/.test(f)), []);
    const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    assert.equal(Object.keys(exports['.'])[0], 'types');
    for (const path of Object.values(exports).flatMap((e) => (typeof e === 'string' ? [e] : Object.values(e)))) {
      assert.ok(statSync(join(home, path)).isFile(), path);
    }
  });

  test('works in Node, without options, on both threads', () => {
    writeFileSync(
      join(dir, 'use.js'),
      `import { load } from 'jiesu';
       for (const worker of [false, true]) {
         const engine = await load({ worker });
         const a = await engine.analyze(${JSON.stringify(TEXT)});
         console.log(a.units.length > 0);
         await engine.dispose();
       }`,
    );
    assert.equal(execFileSync(process.execPath, ['use.js'], { cwd: dir, encoding: 'utf8' }), 'true\ntrue\n');
  });

  const page = (script) => `<!doctype html><meta charset="utf-8"><title>jiesu</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
  const use = (from) => `import { load } from '${from}';
    const out = [];
    try {
      for (const worker of [false, true]) {
        const engine = await load({ worker });
        out.push((await engine.analyze(${JSON.stringify(TEXT)})).units.length > 0);
        try { await engine.analyze(''); } catch (e) { out.push(e instanceof Error && e.code); }
        await engine.dispose();
      }
      try { await load({ bundle: new Uint8Array(3), worker: true }); } catch (e) { out.push(e.code); }
    } catch (e) { out.push(e.code + ' ' + e.message); }
    document.title = JSON.stringify(out);`;
  const WANT = JSON.stringify([true, 'complaint.no_text', true, 'complaint.no_text', 'bundle.magic']);

  async function titleOf(root) {
    const [server, browser] = [await serve(root, POLICY), await open()];
    try {
      const tab = await browser.context.newPage();
      const wrong = [];
      tab.on('console', (m) => m.type() === 'error' && wrong.push(m.text()));
      await tab.goto(server.url);
      await tab.waitForFunction(() => document.title.startsWith('['), null, { timeout: 60_000 });
      assert.deepEqual(wrong, []);
      return await tab.title();
    } finally {
      await browser.close();
      await server.close();
    }
  }

  test('works from a plain page: no bundler, only <script type=module>', async () => {
    const site = join(dir, 'plain');
    cpSync(home, join(site, 'jiesu'), { recursive: true });
    writeFileSync(join(site, 'index.html'), page('./main.js'));
    writeFileSync(join(site, 'main.js'), use('./jiesu/js/index.js'));
    assert.equal(await titleOf(site), WANT);
  });

  test('works through Vite; module and bundle stay files of their own, once each', async () => {
    const app = join(dir, 'app');
    mkdirSync(app);
    writeFileSync(join(app, 'index.html'), page('/main.js'));
    writeFileSync(join(app, 'main.js'), use('jiesu'));
    await build({ root: app, logLevel: 'error', configFile: false, worker: { format: 'es' }, build: { target: 'esnext' } });
    const out = join(app, 'dist');
    assert.equal(ends(out, '.wasm').length, 1);
    assert.equal(ends(out, '.jiesu').length, 1);
    for (const js of ends(out, '.js')) {
      assert.ok(!/base64,/.test(readFileSync(join(out, js), 'utf8')), `${js} holds something inlined`);
    }
    assert.equal(await titleOf(out), WANT);
  });
});
