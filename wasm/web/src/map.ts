/** A small map: outlines of the districts, the candidates as numbered points. */
import type { Area } from 'jiesu';
import type { City } from './case';
import { svg } from './dom';

const LAT = Math.cos((40 * Math.PI) / 180);
const X = (lon: number) => (lon - 115.4) * LAT * 240;
const Y = (lat: number) => (41.08 - lat) * 240;

export interface CityMap {
  element: SVGElement;
  show(areas: Area[], chosen: string | undefined): void;
}

export function cityMap(city: City, label: string, onChoose: (code: string) => void): CityMap {
  const towns = new Map(city.towns.map(([code, lon, lat]) => [code, [X(lon), Y(lat)] as const]));
  const path = (rings: number[][]) => rings.map((r) => `M${r.map((v, i) => (i % 2 ? Y(v) : X(v)).toFixed(1)).join(' ')}Z`).join('');
  const shapes = new Map(city.districts.map((d) => [d.code, svg('path', { d: path(d.rings), class: 'district' })]));
  const boxes = new Map(city.districts.map((d) => [d.code, box(d.rings)]));
  const points = svg('g');
  const element = svg('svg', { class: 'map', role: 'img', 'aria-label': label, preserveAspectRatio: 'xMidYMid meet' }, ...shapes.values(), points);
  const whole = box(city.districts.flatMap((d) => d.rings));

  function show(areas: Area[], chosen: string | undefined) {
    const focus = areas.find((a) => a.code === chosen) ?? areas[0];
    const near = focus && boxes.get(focus.code.slice(0, 6));
    const view = near && chosen !== undefined ? near : whole;
    const pad = Math.max(view.w, view.h) * 0.12;
    element.setAttribute('viewBox', `${view.x - pad} ${view.y - pad} ${view.w + 2 * pad} ${view.h + 2 * pad}`);
    const scale = Math.max(view.w + 2 * pad, view.h + 2 * pad) / 100;
    for (const [code, shape] of shapes) {
      shape.setAttribute('class', code === focus?.code.slice(0, 6) ? 'district here' : areas.some((a) => a.code.startsWith(code)) ? 'district maybe' : 'district');
      shape.setAttribute('stroke-width', String(scale * 0.5));
    }
    points.replaceChildren(
      ...areas
        .map((a, i) => ({ a, i, at: towns.get(a.code.slice(0, 9)) ?? center(boxes.get(a.code.slice(0, 6))) }))
        .filter((p) => p.at)
        .reverse()
        .map(({ a, i, at }) =>
          svg(
            'g',
            { class: a.code === focus?.code ? 'point here' : 'point', transform: `translate(${at![0]} ${at![1]}) scale(${scale})`, onclick: () => onChoose(a.code) },
            svg('circle', { r: 5 }),
            svg('text', { 'text-anchor': 'middle', y: 2.3 }, i + 1),
            svg('title', {}, a.name),
          ),
        ),
    );
  }
  show([], undefined);
  return { element, show };
}

function box(rings: number[][]) {
  const xs = rings.flatMap((r) => r.filter((_, i) => i % 2 === 0).map(X));
  const ys = rings.flatMap((r) => r.filter((_, i) => i % 2 === 1).map(Y));
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}

const center = (b: ReturnType<typeof box> | undefined) => (b ? ([b.x + b.w / 2, b.y + b.h / 2] as const) : undefined);
