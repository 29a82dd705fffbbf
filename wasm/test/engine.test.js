// One interface, two implementations: every test runs on the main thread and in a worker.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { JiesuError, load } from 'jiesu';
import { FULL, SLIM, lines, project } from './support.js';

const JIESU = project('target/release/jiesu');
const REQUEST = '😀海淀区上庄镇某工地拖欠工资，九个人一共一万二，电话13812345678，请帮帮我们。';

const EARLIER = [
  { id: 'lamp', text: '路灯不亮', received_at: '2026-01-05' },
  { id: 'same', text: '上庄镇东马坊小区3号楼电梯又坏了，已经停用三天，老人下不了楼', received_at: '2026-01-05', caller: 'p1' },
  { id: 'wage', text: '工地拖欠我们九个人的工资', received_at: '2026-01-05' },
];
const AGAIN = { text: '东马坊小区3号楼电梯坏了三天没人修，老人下不了楼，请尽快修好', received_at: '2026-01-06' };

for (const worker of [false, true]) {
  describe(worker ? 'engine in a worker' : 'engine on the main thread', () => {
    let engine;
    before(async () => {
      engine = await load({ bundle: FULL, worker });
    });
    after(() => engine.dispose());

    test('answers as the golden file keeps it, byte for byte', async () => {
      const want = lines('tests/golden/expected.jsonl');
      const got = [];
      for (const line of lines('tests/golden/requests.jsonl')) got.push(await engine.analyzeJson(JSON.parse(line)));
      assert.equal(got.length, want.length);
      got.forEach((g, i) => assert.equal(g, want[i], `line ${i + 1}`));
    });

    test('requests of one matter are found by the learned pair score', async () => {
      assert.deepEqual(await engine.setIncidents(EARLIER), { count: 3 });
      const [first, ...rest] = await engine.lookup({ ...AGAIN, caller: 'p2' });
      assert.deepEqual([first.id, first.index, first.relation], ['same', 1, 'same_matter']);
      assert.ok(first.p > 0.5 && first.reasons.length > 0 && rest.every((l) => l.relation === 'related'), JSON.stringify(rest));
      assert.equal((await engine.lookup({ ...AGAIN, caller: 'p1' }))[0].relation, 'same_person');
      assert.deepEqual(await engine.lookup(AGAIN, { limit: 0 }), []);
    });

    test('objects carry UTF-16 spans of the text they name', async () => {
      const a = await engine.analyze(REQUEST);
      assert.ok(a.units.length > 0);
      for (const { start, end, text } of [...a.pii, ...a.entities]) assert.equal(REQUEST.slice(start, end), text);
      assert.deepEqual(a.matters[0] && [a.matters[0].start, a.matters.at(-1).end <= REQUEST.length], [a.matters[0].start, true]);
    });

    test('title and detail are one text', async () => {
      const title = '工资';
      const detail = '包工头拖欠工资，电话13812345678';
      const [apart, joined] = [await engine.analyze({ title, detail }), await engine.analyze({ text: `${title}\n${detail}` })];
      assert.deepEqual(apart.pii, joined.pii);
    });

    test('errors are errors, with a code', async () => {
      const cases = [
        ['', 'complaint.no_text'],
        ['   \n', 'complaint.no_text'],
        [{}, 'record.rejected'],
        [{ text: '路灯不亮', received_at: 'yesterday' }, 'record.rejected'],
        [{ text: '路灯不亮', lon: 999, lat: 0 }, 'record.rejected'],
        [null, 'record.malformed'],
        [7, 'record.malformed'],
        [[], 'record.malformed'],
      ];
      for (const [input, code] of cases) {
        await assert.rejects(engine.analyze(input), (e) => {
          assert.ok(e instanceof Error && e instanceof JiesuError, String(input));
          assert.equal(e.name, 'JiesuError');
          assert.equal(e.code, code, `${JSON.stringify(input)}: ${e.message}`);
          return true;
        });
      }
      await assert.rejects(engine.analyze(() => 1), { code: 'record.malformed' });
      assert.ok((await engine.analyze('路灯不亮')).units.length, 'and the engine goes on');
    });

    test('odd texts are answered', async () => {
      for (const text of ['\ud800x', 'a\u0000b', '<img src=x onerror=alert(1)>', '\u202e反向\u202c', '👨‍👩‍👧‍👦'.repeat(100), '！', '工'.repeat(50_000)]) {
        const a = await engine.analyze(text);
        assert.ok(a.units.length > 0);
        for (const span of [...a.pii, ...a.entities]) assert.equal(text.toWellFormed().slice(span.start, span.end), span.text);
      }
    });

    test('personal data is masked', async () => {
      const masked = await engine.mask(REQUEST);
      assert.ok(!masked.includes('13812345678'), masked);
      assert.ok(masked.includes('拖欠工资'));
    });
  });
}

test('with the slim bundle the answers are those of the command line with it', async () => {
  const answers = join(mkdtempSync(join(tmpdir(), 'jiesu-')), 'answers.jsonl');
  execFileSync(JIESU, ['analyze', '--bundle', SLIM, '--input', project('tests/golden/requests.jsonl'), '--output', answers]);
  const want = readFileSync(answers, 'utf8').split('\n');
  for (const worker of [false, true]) {
    const engine = await load({ bundle: SLIM, worker });
    for (const [i, line] of lines('tests/golden/requests.jsonl').entries()) assert.equal(await engine.analyzeJson(JSON.parse(line)), want[i], `line ${i + 1}`);
    await engine.setIncidents(EARLIER);
    const [first] = await engine.lookup(AGAIN);
    assert.deepEqual([first.id, first.relation], ['same', 'same_matter']);
    await engine.dispose();
  }
});

test('a bundle without a pair score has no look-up', async () => {
  const cut = join(mkdtempSync(join(tmpdir(), 'jiesu-')), 'cut.jiesu');
  execFileSync(JIESU, ['bundle', 'cut', SLIM, '--without', 'incident', '-o', cut]);
  const engine = await load({ bundle: cut });
  await assert.rejects(engine.setIncidents(EARLIER), { code: 'bundle.missing' });
  await assert.rejects(engine.lookup(AGAIN), { code: 'bundle.missing' });
  await engine.dispose();
});

test('both implementations give the same objects', async () => {
  const [a, b] = await Promise.all([load({ bundle: FULL }), load({ bundle: FULL, worker: true })]);
  for (const line of lines('tests/golden/requests.jsonl').slice(0, 20)) {
    assert.deepEqual(await b.analyze(JSON.parse(line)), await a.analyze(JSON.parse(line)));
  }
  await Promise.all([a.dispose(), b.dispose()]);
});

test('a bundle is given by path, URL, bytes, Blob or Response; the caller keeps its bytes', async () => {
  const bytes = new Uint8Array(readFileSync(FULL));
  const { pathToFileURL } = await import('node:url');
  for (const worker of [false, true]) {
    for (const bundle of [FULL, pathToFileURL(FULL), bytes, bytes.buffer, new Blob([bytes]), new Response(bytes)]) {
      const engine = await load({ bundle, worker });
      assert.ok((await engine.analyze('路灯不亮')).type);
      await engine.dispose();
    }
  }
  assert.ok(bytes.length > 0, 'not transferred away');
});

test('bad bundles are errors with a code', async () => {
  const good = new Uint8Array(readFileSync(FULL));
  const flipped = good.slice();
  flipped[good.length >> 1] ^= 1;
  for (const worker of [false, true]) {
    for (const [bundle, code] of [
      [new Uint8Array(0), 'bundle.magic'],
      [new TextEncoder().encode('<!doctype html>'.repeat(10)), 'bundle.magic'],
      [good.slice(0, -1), 'bundle.length'],
      [flipped, 'bundle.checksum'],
      ['/nowhere.jiesu', 'bundle.fetch'],
      [7, 'bundle.source'],
      [new Response('no', { status: 404 }), 'bundle.fetch'],
    ]) {
      await assert.rejects(load({ bundle, worker }), (e) => e instanceof JiesuError && e.code === code, code);
    }
  }
});

test('a disposed engine says so, and answers in flight are not lost without a word', async () => {
  for (const worker of [false, true]) {
    const engine = await load({ bundle: FULL, worker });
    const flying = engine.analyze('路灯不亮').then(() => 'answered', (e) => e.code);
    await engine.dispose();
    await engine.dispose();
    assert.ok(['answered', 'engine.disposed'].includes(await flying));
    await assert.rejects(engine.analyze('路灯不亮'), { code: 'engine.disposed' });
  }
});
