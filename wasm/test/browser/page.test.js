// The page as it is built, in a real Chromium.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { build } from 'vite';
import { open } from '../chromium.js';
import { serve } from '../server.js';
import { project } from '../support.js';

const REQUEST = '我住延庆区张山营镇后黑龙庙村，楼北边堆了一大堆石粉没盖苫布，一刮风全是扬尘。电话13812345678';

describe('the page', () => {
  let server, browser, page, wrong;
  before(async () => {
    await build({ root: project('wasm/web'), configFile: project('wasm/web/vite.config.js'), logLevel: 'error' });
    server = await serve(project('wasm/web/dist'));
    browser = await open({ acceptDownloads: true });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await page?.close();
    page = await browser.context.newPage();
    wrong = [];
    page.on('console', (m) => m.type() === 'error' && wrong.push(m.text()));
    page.on('pageerror', (e) => wrong.push(e.message));
    await page.goto(server.url);
    await page.waitForSelector('html[data-offline=yes]', { timeout: 30_000 });
  });
  const write = async (text) => {
    await page.fill('#notes', text);
    await page.waitForSelector('.operator:not(.empty) .verdict .line');
  };

  test('what is typed is judged, highlighted and masked in the order', async () => {
    await write(REQUEST);
    await page.waitForSelector('.mirror mark.pii >> text=13812345678');
    assert.match(await page.textContent('[data-panel=place-panel]'), /延庆区 张山营镇/);
    await page.click('[data-key=finish]');
    const order = await page.textContent('dialog pre');
    assert.ok(order.includes('延庆区') && !order.includes('13812345678'), order);
    await page.uncheck('dialog input[type=checkbox]');
    await page.waitForFunction(() => document.querySelector('dialog pre').textContent.includes('13812345678'));
    assert.deepEqual(wrong, []);
  });

  test('a click overrules, can be taken back, and is exported as feedback without personal data', async () => {
    await write(REQUEST);
    const suggested = await page.inputValue('input[name=type]:checked');
    const other = suggested === '表扬' ? '建议' : '表扬';
    await page.check(`input[name=type][value=${other}]`);
    await page.click('[data-key=type-restore]');
    assert.equal(await page.inputValue('input[name=type]:checked'), suggested);
    await page.check(`input[name=type][value=${other}]`);
    await page.click('[data-key=finish]');
    await page.click('dialog [data-key=next]');
    await page.waitForSelector('[data-key=feedback]:enabled');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-key=feedback]')]);
    const line = readFileSync(await download.path(), 'utf8');
    const row = JSON.parse(line);
    assert.equal(row.type, other);
    assert.deepEqual(row.overruled, ['type']);
    assert.deepEqual([row.decisions.type.suggested, row.decisions.type.accepted, row.decisions.area.accepted], [suggested, false, true]);
    assert.ok(!line.includes('13812345678'));
    assert.equal(await page.inputValue('#notes'), '', 'the next call begins empty');
  });

  test('the keyboard alone does it', async () => {
    assert.equal(await page.evaluate(() => document.activeElement.id), 'notes');
    await page.keyboard.insertText(REQUEST);
    await page.waitForSelector('.verdict .line');
    const reached = new Set();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('F6');
      reached.add(await page.evaluate(() => document.activeElement.closest('[data-panel]')?.dataset.panel));
    }
    for (const panel of ['call', 'type', 'urgency', 'topic', 'place-panel', 'unit', 'duplicates']) assert.ok(reached.has(panel), `${panel} not reached: ${[...reached]}`);
    await page.focus('input[name=urgency]:checked');
    const before = await page.inputValue('input[name=urgency]:checked');
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await page.inputValue('input[name=urgency]:checked'), before);
    assert.equal(await page.evaluate(() => document.activeElement.name), 'urgency', 'focus stays in the group');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.id), 'notes');
  });

  test('nothing is asked of the network after the load, and the page opens without one', async () => {
    // Until then it may still fetch what it keeps.
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    const asked = [];
    page.on('request', (r) => r.url().startsWith('blob:') || asked.push(r.url()));
    const served = server.requests.length;
    await page.click('[data-key=sample]');
    await write(REQUEST);
    await page.click('[data-key=view-citizen]');
    await page.click('[data-key=language]');
    await page.click('[data-key=view-operator]');
    await page.click('[data-key=finish]');
    await page.click('dialog [data-key=next]');
    await page.waitForTimeout(300);
    assert.deepEqual(asked, []);
    assert.equal(server.requests.length, served);
    await browser.context.setOffline(true);
    try {
      await page.reload();
      await page.waitForSelector('#notes');
      await write(REQUEST);
    } finally {
      await browser.context.setOffline(false);
    }
  });

  test('earlier orders of the same matter are shown; a broken line is counted', async () => {
    const rows = [{ id: 'A1', text: REQUEST }, { id: 'A2', text: '路灯不亮' }].map((r) => JSON.stringify(r));
    await page.setInputFiles('#orders', { name: 'today.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from([...rows, '{broken', '[]'].join('\n')) });
    await write(REQUEST);
    await page.waitForSelector('[data-panel=duplicates] >> text=A1');
    const panel = await page.textContent('[data-panel=duplicates]');
    assert.ok(!panel.includes('A2') && panel.includes('2 行无法读取') && panel.includes('多人同诉'), panel);
    await page.check('input[name=incident][value=A1]');
    await page.click('[data-key=finish]');
    assert.match(await page.textContent('dialog pre'), /A1/);
  });

  test('hostile text is text', async () => {
    const hostile = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>\u202e反\u202c👨‍👩‍👧‍👦 ${REQUEST}`;
    await page.setInputFiles('#orders', { name: 'x.jsonl', mimeType: 'text/plain', buffer: Buffer.from(JSON.stringify({ id: '<b>1</b>', text: hostile })) });
    await write(hostile);
    await page.waitForSelector('[data-panel=duplicates] .option');
    await page.click('[data-key=finish]');
    assert.ok((await page.textContent('dialog pre')).includes('onerror="window.hit=1"'));
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator('main img, main script, main b, dialog img').count(), 0);
    assert.deepEqual(wrong, []);
  });

  test('a paste of 50,000 characters is taken', async () => {
    await write(REQUEST.repeat(1000).slice(0, 50_000));
    await page.waitForFunction(() => document.querySelectorAll('.mirror mark.pii').length > 100, null, { timeout: 20_000 });
    await page.fill('#notes', '路灯不亮');
    await page.waitForFunction(() => document.querySelectorAll('.mirror mark.pii').length === 0);
  });

  test('the policy allows no inline code', async () => {
    const policy = await page.getAttribute('meta[http-equiv]', 'content');
    assert.ok(!policy.includes('unsafe-inline') && !policy.includes("'unsafe-eval'") && policy.includes("'wasm-unsafe-eval'"));
  });

  for (const [name, size] of [['desktop', { width: 1440, height: 900 }], ['200% zoom', { width: 720, height: 450 }], ['phone', { width: 360, height: 740 }]]) {
    test(`axe finds nothing serious in either view: ${name}`, async () => {
      await page.setViewportSize(size);
      await page.click('[data-key=sample]');
      await write(REQUEST);
      for (const view of ['operator', 'citizen']) {
        await page.click(`[data-key=view-${view}]`);
        // As a text, not a script element: the page's policy forbids those.
        await page.evaluate(readFileSync(project('wasm/node_modules/axe-core/axe.min.js'), 'utf8'));
        const found = await page.evaluate(async () => (await window.axe.run()).violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 80)).join(' | ')}`));
        assert.deepEqual(found, [], view);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${view} scrolls sideways`);
      }
    });
  }
});
