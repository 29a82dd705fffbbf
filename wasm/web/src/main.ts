import { type Engine, load } from 'jiesu';
import type { City } from './case';
import { citizen } from './citizen';
import { h, save } from './dom';
import { operator } from './operator';
import { Session } from './session';
import './style.css';
import type { Language } from './words';
import { WORDS } from './words';

const app = document.getElementById('app')!;
const begun = performance.now();

async function text(path: string) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

/** Everything is fetched here, once; after this the page asks the network for nothing. */
async function start() {
  app.replaceChildren(h('main', { class: 'boot' }, h('p', { role: 'status' }, WORDS.zh.loading)));
  let engine: Engine;
  let city: City;
  let sample: string;
  try {
    [engine, city, sample] = await Promise.all([load({ worker: true }), text('city.json').then((t) => JSON.parse(t) as City), text('sample.jsonl')]);
  } catch (e) {
    app.replaceChildren(h('main', { class: 'boot' }, h('p', { role: 'alert' }, `${WORDS.zh.failed} / ${WORDS.en.failed}: ${e instanceof Error ? e.message : e}`)));
    return;
  }
  const session = new Session(engine, city);
  let view: 'operator' | 'citizen' = location.hash === '#citizen' ? 'citizen' : 'operator';
  let offline = false;

  function draw() {
    const w = session.words;
    document.documentElement.lang = session.language === 'zh' ? 'zh-CN' : 'en';
    document.title = view === 'operator' ? w.title : `${w.title} · ${w.citizen}`;
    const tab = (name: typeof view, label: string) =>
      h('button', { type: 'button', class: 'tab', 'aria-pressed': String(view === name), 'data-key': `view-${name}`, onclick: () => go(name) }, label);
    app.replaceChildren(
      h(
        'header',
        { class: 'top' },
        h('h1', {}, session.language === 'zh' ? '接诉' : 'jiesu', h('span', {}, '12345')),
        h('nav', { 'aria-label': `${w.operator} / ${w.citizen}` }, tab('operator', w.operator), tab('citizen', w.citizen)),
        h('p', { class: 'status', role: 'status' }, offline ? w.offline : w.ready),
        h('button', { type: 'button', class: 'quiet', 'data-key': 'language', lang: session.language === 'zh' ? 'en' : 'zh-CN', title: w.languageHint, onclick: () => speak(session.language === 'zh' ? 'en' : 'zh') }, w.language),
      ),
      view === 'operator' ? operator(session, sample, () => save(`jiesu-decisions-${Date.now()}.jsonl`, `${session.decided.splice(0).join('\n')}\n`, 'application/x-ndjson')) : citizen(session),
    );
  }
  function go(name: typeof view) {
    view = name;
    history.replaceState(null, '', name === 'citizen' ? '#citizen' : '#');
    draw();
    app.querySelector<HTMLElement>(`[data-key="view-${name}"]`)?.focus();
  }
  function speak(language: Language) {
    session.language = language;
    draw();
    app.querySelector<HTMLElement>('[data-key="language"]')?.focus();
  }
  draw();
  app.querySelector<HTMLElement>('textarea')?.focus();
  document.documentElement.dataset.ready = String(Math.round(performance.now() - begun));
  addEventListener('beforeunload', (event) => session.decided.length && event.preventDefault());

  if ('serviceWorker' in navigator && import.meta.env.PROD) {
    await navigator.serviceWorker.register('./sw.js');
    await navigator.serviceWorker.ready;
    offline = true;
    const status = app.querySelector('.status');
    if (status) status.textContent = session.words.offline;
    document.documentElement.dataset.offline = 'yes';
  }
}

void start();
