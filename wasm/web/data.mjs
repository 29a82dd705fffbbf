// Makes what the page shows beside the engine's answers: public/city.json (outlines, points, names to choose from) and
// public/sample.jsonl (earlier requests of "today", our own writing). Run by hand: node wasm/web/data.mjs [../shared]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const shared = process.argv[2] ?? here('../../../shared');
const read = (path) => readFileSync(`${shared}/${path}`, 'utf8').replace(/^\ufeff/, '');

/** Rows of a CSV whose fields hold no line breaks. */
function csv(path) {
  const [head, ...rows] = read(path).trim().split(/\r?\n/).map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, '').replaceAll('""', '"')));
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])));
}

const round = (x) => Math.round(x * 1000) / 1000;

/** Keeps the points that bend the line by more than `tolerance` (Douglas and Peucker). */
function simplify(ring, tolerance) {
  if (ring.length < 3) return ring;
  const [a, b] = [ring[0], ring.at(-1)];
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  let [far, at] = [0, 0];
  for (let i = 1; i < ring.length - 1; i++) {
    const [x, y] = ring[i];
    const d = length ? Math.abs((b[0] - a[0]) * (a[1] - y) - (a[0] - x) * (b[1] - a[1])) / length : Math.hypot(x - a[0], y - a[1]);
    if (d > far) [far, at] = [d, i];
  }
  return far > tolerance ? [...simplify(ring.slice(0, at + 1), tolerance).slice(0, -1), ...simplify(ring.slice(at), tolerance)] : [a, b];
}

const codes = new Map(csv('geo/districts.csv').map((d) => [d.name, d.code]));
const districts = JSON.parse(read('geo/districts_simplified.geojson')).features.map((f) => {
  const name = f.properties.name ?? f.properties.NAME ?? f.properties.district;
  const polygons = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates;
  const rings = polygons.map((p) => p[0]).filter((r) => r.length > 3).map((r) => simplify(r.map(([x, y]) => [round(x), round(y)]), 0.004).flat());
  return { code: String(codes.get(name)), name, rings: rings.filter((r) => r.length >= 8) };
});
const towns = csv('geo/towns.csv').filter((t) => t.lon).map((t) => [t.code, round(+t.lon), round(+t.lat)]);
const domains = csv('beijing/domains.csv').map((d) => ({ code: d.code, name: d.name }));
const problems = csv('beijing/problems.csv').map((p) => ({ code: p.code, name: p.problem, theme: p.theme, domain: p.domain }));
const units = [...new Set(csv('beijing/units.csv').map((u) => u.official))];
writeFileSync(here('public/city.json'), JSON.stringify({ districts, towns, domains, problems, units }));

// Events told by several residents, and some others, as a morning's incidents.
const rows = read('data/written/requests.jsonl').trim().split('\n').map((l) => JSON.parse(l));
const events = new Map();
for (const row of rows) if (row.incident) events.set(row.incident, [...(events.get(row.incident) ?? []), row]);
const told = [...events.values()].filter((e) => e.length >= 2).slice(0, 30).flatMap((e) => e.slice(0, 2));
const single = rows.filter((r) => !r.incident).filter((_, i) => i % 40 === 7).slice(0, 30);
const sample = [...told, ...single].map((r, i) => ({
  id: `S${String(i + 1).padStart(3, '0')}`,
  text: r.text,
  received_at: `2026-03-04 ${String(6 + Math.floor(i / 12)).padStart(2, '0')}:${String((i % 12) * 5).padStart(2, '0')}`,
  channel: ['电话', '网站', '小程序'][i % 3],
  status: 'open',
}));
writeFileSync(here('public/sample.jsonl'), `${sample.map((r) => JSON.stringify(r)).join('\n')}\n`);
