// The daily report as `jiesu report` writes it, opened from disk in a real Chromium.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { open } from '../chromium.js';
import { project } from '../support.js';

describe('the report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jiesu-report-'));
  const file = (name) => join(folder, name);
  const jiesu = (...args) => execFileSync(project('target/release/jiesu'), args, { stdio: ['ignore', 'ignore', 'ignore'] });
  let browser, page;
  const wrong = [];
  const asked = [];
  before(async () => {
    jiesu('analyze', '--input', project('models/samples/requests.jsonl'), '--output', file('answers.jsonl'), '--incidents');
    // Nine neighbours call about one thing in three days.
    const rows = readFileSync(file('answers.jsonl'), 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l));
    const like = rows.find((r) => r.problem && r.area?.code.length === 9);
    for (let k = 0; k < 9; k++) rows.push({ ...like, id: `X${k}`, received_at: `2026-03-0${1 + (k % 3)} 10:00:00`, caller: `x${k}`, incident: { id: 'X', relation: 'same_matter', p: 0.9 } });
    writeFileSync(file('events.jsonl'), rows.map((r) => JSON.stringify(r) + '\n').join(''));
    jiesu('report', '--input', file('events.jsonl'), '--as-of', '2026-03-04', '--output', file('report.html'));
    browser = await open();
    page = await browser.context.newPage();
    page.on('console', (m) => m.type() === 'error' && wrong.push(m.text()));
    page.on('pageerror', (e) => wrong.push(e.message));
    page.on('request', (r) => asked.push(r.url()));
    await page.goto(pathToFileURL(file('report.html')).href);
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('shows map, alerts, series, ranking and incidents, and asks the network for nothing', async () => {
    assert.ok((await page.locator('svg circle').count()) > 50, 'towns on the map');
    assert.ok((await page.locator('svg circle[fill="#c0392b"]').count()) >= 1, 'a town with an alert');
    assert.ok((await page.locator('.tag.new').count()) >= 1);
    assert.ok((await page.locator('.charts svg polygon').count()) >= 1, 'the expected band');
    const text = await page.innerText('main');
    for (const part of ['区域分布', '预警', '走势', '每月一题候选 2026-02', '多人同诉事项']) assert.ok(text.includes(part), part);
    assert.deepEqual(wrong, []);
    assert.deepEqual(asked.filter((u) => !u.startsWith('file:')), []);
  });

  test('is Chinese or English, never both', async () => {
    assert.ok(!(await page.innerText('main')).includes('Daily hotspot report'));
    await page.click('button');
    const text = await page.innerText('main');
    assert.ok(text.includes('Daily hotspot report') && text.includes('requests in the month') && !text.includes('每月一题候选'));
    await page.click('button');
  });

  test('fits a narrow screen and prints', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1));
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('button').isVisible(), false);
    assert.ok((await page.pdf()).length > 10_000);
  });
});
