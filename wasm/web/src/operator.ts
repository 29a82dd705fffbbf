/** The operator's view: notes on the left, what follows from them on the right. Every suggestion is a radio group, so a key overrules it. */
import { chosenArea, chosenProblem, chosenTopic, chosenType, chosenUnit, chosenUrgency, likely, matterOf } from './case';
import { choice, type Option } from './choice';
import { h, percent, replace } from './dom';
import { finish } from './finish';
import { cityMap } from './map';
import { type Mark, notes } from './notes';
import type { Session } from './session';

const TYPES = ['咨询', '求助', '投诉', '建议', '表扬'] as const;

export function operator(session: Session, sample: string, exportFeedback: () => void): HTMLElement {
  const w = session.words;
  const redraw = () => session.changed();

  const field = notes(w.call, w.callHint, 'notes', (text) => {
    session.write(text);
    count();
  });
  field.input.value = session.case.text;
  const counted = h('span', { class: 'count' });
  const count = () => (counted.textContent = `${[...session.case.text].length} ${w.characters}`);

  const panel = (name: string, title: string, ...children: (Node | null)[]) => {
    const id = `panel-${name}`;
    return h('section', { class: `panel ${name}`, 'aria-labelledby': id, 'data-panel': name }, h('h2', { id, tabindex: '-1' }, title), ...children);
  };
  const slot = (tag: 'div' | 'ul' = 'div', attributes = {}) => h(tag, attributes);

  const [verdict, asks, personal] = [slot('div', { class: 'verdict', role: 'status', 'aria-live': 'polite', 'aria-label': w.verdict }), slot(), slot()];
  const [types, urgency, matters, topics, place, unit, duplicates] = [slot(), slot(), slot(), slot(), slot(), slot(), slot()];
  const map = cityMap(session.city, w.map, (code) => {
    session.case.choices.area = code;
    redraw();
  });
  const export_ = h('button', { type: 'button', class: 'quiet', 'data-key': 'feedback', onclick: () => (exportFeedback(), draw()) });

  const file = h('input', {
    type: 'file',
    id: 'orders',
    accept: '.jsonl,.ndjson,application/x-ndjson',
    class: 'file',
    onchange: async () => file.files?.[0] && session.compareWith(await file.files[0].text()),
  });
  const source = h(
    'div',
    { class: 'row' },
    file,
    h('label', { for: 'orders', class: 'button quiet' }, w.loadFile),
    h('button', { type: 'button', class: 'quiet', 'data-key': 'sample', onclick: () => session.compareWith(sample) }, w.loadSample),
  );

  const root = h(
    'main',
    { class: 'operator' },
    h(
      'div',
      { class: 'left' },
      h(
        'section',
        { class: 'panel call', 'aria-labelledby': 'panel-call', 'data-panel': 'call' },
        h('div', { class: 'heading' }, h('h2', { id: 'panel-call', tabindex: '-1' }, w.call), counted),
        field.element,
        h('p', { class: 'legend' }, h('mark', { class: 'evidence' }, w.evidence), h('mark', { class: 'place' }, w.place), h('mark', { class: 'pii' }, w.personal)),
        personal,
      ),
      panel('ask', w.ask, asks),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'primary', 'data-key': 'finish', 'aria-keyshortcuts': 'Control+Enter', onclick: () => open() }, w.finish, h('kbd', {}, 'Ctrl ↵')),
        export_,
        h(
          'details',
          { class: 'keys' },
          h('summary', {}, w.keys),
          h(
            'dl',
            {},
            ...[
              ['Ctrl ↵', w.keyFinish],
              ['F6 / ⇧ F6', w.keyPanel],
              ['← ↑ → ↓', w.keyChoose],
              ['Esc', w.keyText],
            ].flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)]),
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'right' },
      verdict,
      h('div', { class: 'columns' }, h('div', {}, panel('type', w.type, types), panel('urgency', w.urgency, urgency), panel('topic', w.topic, matters, topics)), h('div', {}, panel('place-panel', w.address, map.element as unknown as HTMLElement, place), panel('unit', w.unit, unit))),
      panel('duplicates', w.duplicates, source, duplicates),
    ),
  );

  const choicesOf = () => (session.case.choices.matters[session.case.matter] ??= {});

  function draw() {
    const c = session.case;
    const a = c.analysis;
    if (field.input.value !== c.text) field.input.value = c.text;
    count();
    root.classList.toggle('empty', !a);
    root.dataset.urgency = String(chosenUrgency(c));
    export_.textContent = session.decided.length ? `${w.feedback}（${session.decided.length}）` : w.feedback;
    export_.disabled = session.decided.length === 0;

    const marks: Mark[] = [];
    if (a) {
      const topic = chosenTopic(c, session.city);
      const evidence = matterOf(a, c.matter).topics.find((t) => t.code === topic?.code)?.evidence ?? [];
      marks.push(...a.pii.map((p) => ({ ...p, kind: 'pii' as const })));
      marks.push(...a.entities.filter((e) => PLACES.has(e.kind)).map((e) => ({ ...e, kind: 'place' as const })));
      marks.push(...evidence.filter((e) => e.weight > 0).map((e) => ({ ...e, kind: 'evidence' as const })));
    }
    field.show(marks);

    replace(verdict, ...sentence(session));
    replace(
      personal,
      a && a.pii.length
        ? h(
            'div',
            { class: 'row personal' },
            h('ul', { class: 'chips', 'aria-label': w.personal }, ...a.pii.slice(0, 12).map((p) => h('li', { class: 'pii' }, h('bdi', {}, p.text)))),
            h('button', { type: 'button', class: 'quiet', 'data-key': 'mask', onclick: () => void mask() }, w.mask),
          )
        : h('p', { class: 'faint' }, a ? w.noPersonal : ''),
    );

    const open_ = a?.missing.filter((m) => !c.facts.has(m.fact)) ?? [];
    replace(
      asks,
      h(
        'ol',
        { class: 'asks' },
        ...open_.map((m, i) =>
          h(
            'li',
            {},
            h('label', { for: `ask-${i}` }, m.question),
            h('input', {
              id: `ask-${i}`,
              type: 'text',
              autocomplete: 'off',
              'data-key': `ask-${m.fact}`,
              placeholder: w.answer,
              onkeydown: (e: KeyboardEvent) => {
                const answer = (e.target as HTMLInputElement).value.trim();
                if (e.key !== 'Enter' || e.ctrlKey || e.isComposing || !answer) return;
                c.facts.set(m.fact, { question: m.question, answer });
                session.again();
                draw();
                (asks.querySelector<HTMLElement>('input') ?? field.input).focus();
              },
            }),
          ),
        ),
      ),
      c.facts.size > 0 &&
        h(
          'dl',
          { class: 'facts' },
          ...[...c.facts].flatMap(([fact, f]) => [
            h('dt', {}, f.question),
            h('dd', {}, f.answer, h('button', { type: 'button', class: 'tiny', 'aria-label': `× ${f.question}`, onclick: () => (c.facts.delete(fact), session.again(), draw()) }, '×')),
          ]),
        ),
      a && open_.length === 0 && h('p', { class: 'faint' }, w.askNothing),
    );

    replace(
      types,
      choice({
        name: 'type',
        idle: !a,
        label: w.type,
        inline: true,
        options: TYPES.map((t) => ({ value: t, text: t, p: a?.type.label === t ? a.type.p : undefined })),
        suggested: a?.type.label,
        chosen: chosenType(c),
        restore: w.restore,
        onChoose: (v) => ((c.choices.type = v as (typeof TYPES)[number] | undefined), redraw()),
      }),
      a?.type.report ? h('p', { class: 'tag' }, w.report) : null,
    );
    replace(
      urgency,
      choice({
        name: 'urgency',
        idle: !a,
        label: w.urgency,
        inline: true,
        options: ([0, 1, 2] as const).map((u) => ({ value: String(u), text: w[`urgency${u}`], tone: `u${u}` })),
        suggested: a ? String(a.urgency.level) : undefined,
        chosen: a ? String(chosenUrgency(c)) : undefined,
        restore: w.restore,
        onChoose: (v) => ((c.choices.urgency = v === undefined ? undefined : (Number(v) as 0 | 1 | 2)), redraw()),
      }),
      a?.urgency.reasons.length ? h('ul', { class: 'chips reasons', 'aria-label': w.reasons }, ...a.urgency.reasons.map((r) => h('li', {}, r))) : null,
      a?.collective.flag ? h('p', { class: 'tag' }, w.collective, a.collective.people ? ` · ${a.collective.people} ${w.people}` : '') : null,
    );

    replace(
      matters,
      a && a.matters.length > 1
        ? h(
            'div',
            { class: 'matters', role: 'group', 'aria-label': w.matters },
            h('p', { class: 'faint' }, w.matters),
            ...a.matters.map((m, i) =>
              h(
                'button',
                { type: 'button', class: 'tab', 'aria-pressed': String(c.matter === i), 'data-key': `matter-${i}`, onclick: () => ((c.matter = i), redraw()) },
                `${w.matter} ${i + 1}`,
                h('small', {}, c.text.slice(m.start, m.start + 14)),
              ),
            ),
          )
        : null,
    );
    const m = a ? matterOf(a, c.matter) : undefined;
    const topic = chosenTopic(c, session.city);
    const shown = (m?.topics ?? []).slice(0, 4);
    const problem = chosenProblem(c, session.city);
    replace(
      topics,
      m
        ? choice({
            name: 'topic',
            label: w.topic,
            options: options(
              shown.map((t): Option => ({ value: t.code, text: t.name, p: t.p, note: words(c.text, t.evidence) })),
              topic && { value: topic.code, text: topic.name },
            ),
            more: { label: w.other, all: session.city.domains.map((d) => ({ value: d.code, text: `${d.code} ${d.name}` })) },
            suggested: m.topics[0]?.code,
            chosen: topic?.code,
            restore: w.restore,
            onChoose: (v) => ((choicesOf().topic = v), redraw()),
          })
        : null,
      m
        ? h(
            'div',
            { class: 'problem' },
            h('label', { for: 'problem' }, w.problem),
            h(
              'select',
              { id: 'problem', 'data-key': 'problem', onchange: (e: Event) => ((choicesOf().problem = (e.target as HTMLSelectElement).value), redraw()) },
              h('option', { value: '00', selected: !problem }, w.none),
              ...session.city.problems.map((p) =>
                h('option', { value: p.code, selected: problem?.code === p.code }, `${p.theme} · ${p.name}${m.problem?.code === p.code ? `  ${percent(m.problem.p)}` : ''}`),
              ),
            ),
          )
        : null,
    );

    const area = chosenArea(c);
    map.show(a?.areas ?? [], area?.code);
    replace(
      place,
      a?.areas.length
        ? choice({
            name: 'area',
            label: w.address,
            numbered: true,
            options: a.areas.map((x) => ({ value: x.code, text: [x.district, x.town, x.name].filter((n, i, all) => n && all.indexOf(n) === i).join(' '), p: x.p })),
            suggested: a.area?.code,
            chosen: area?.code,
            none: w.undecided,
            restore: w.restore,
            onChoose: (v) => ((c.choices.area = v), redraw()),
          })
        : h('p', { class: 'faint' }, a ? w.noAddress : ''),
    );

    const chosen = chosenUnit(c);
    const others = (role: string) => (m?.units ?? []).filter((u) => u.role === role && u.unit !== chosen.name);
    replace(
      unit,
      m
        ? choice({
            name: 'unit',
            label: w.unit,
            options: options(
              (m.units.filter((u) => u.role !== 'receiving').slice(0, 4) ?? []).map((u): Option => ({ value: u.unit, text: u.local && u.role === 'lead' ? `${u.unit} · ${u.local.name}` : u.unit, p: u.role === 'lead' ? u.p : undefined, note: u.role === 'cooperating' ? w.cooperating : undefined })),
              chosen.name ? { value: chosen.name, text: chosen.name } : undefined,
            ),
            more: { label: w.other, all: session.city.units.map((u) => ({ value: u, text: u })) },
            suggested: m.units.find((u) => u.role === 'lead')?.unit,
            chosen: chosen.name,
            restore: w.restore,
            onChoose: (v) => ((choicesOf().unit = v), redraw()),
          })
        : null,
      chosen.unit?.reasons.length ? h('ul', { class: 'why', 'aria-label': w.why }, ...chosen.unit.reasons.map((r) => h('li', {}, r))) : null,
      chosen.unit ? h('ul', { class: 'chips sources', 'aria-label': w.reasons }, ...sources(session, chosen.unit)) : null,
      a
        ? h(
            'dl',
            { class: 'route' },
            ...pair(w.level, w[a.level === 'answer' ? 'answerLevel' : a.level]),
            ...(a.limit ? pair(w.limit, `${a.limit.value} ${w[a.limit.unit]}`) : []),
            ...others('receiving').flatMap((u) => pair(w.receiving, u.local?.name ?? u.unit)),
          )
        : null,
    );

    const found = c.duplicates;
    const join = c.choices.incident ?? likely(c)?.id ?? 'new';
    const byId = new Map(session.incidents.map((r, i) => [i, r]));
    replace(
      duplicates,
      session.incidents.length > 0 && h('p', { class: 'faint' }, `${session.incidents.length} ${w.loaded}${session.skipped ? `，${session.skipped} ${w.skipped}` : ''}`),
      session.incidents.length > 0 && a && found.length
        ? choice({
            name: 'incident',
            label: w.duplicates,
            options: [
              ...found.map((d): Option => {
                const r = byId.get(d.index);
                const told = r?.text ?? [r?.title, r?.detail].filter(Boolean).join(' ');
                return { value: d.id, text: `${d.id} · ${w[d.relation]}`, p: d.p, note: [d.reasons.join('；'), told.slice(0, 90)].filter(Boolean).join(' — ') };
              }),
              { value: 'new', text: w.newIncident },
            ],
            suggested: likely(c)?.id ?? 'new',
            chosen: join,
            restore: w.restore,
            onChoose: (v) => ((c.choices.incident = v), redraw()),
          })
        : session.incidents.length > 0 && a
          ? h('p', { class: 'faint' }, w.noDuplicates)
          : session.incidents.length === 0 && h('p', { class: 'faint' }, w.duplicatesHint),
    );
  }

  async function mask() {
    session.case.text = await session.engine.mask(session.case.text);
    session.again();
    field.input.focus();
  }

  const open = () => session.case.analysis && void finish(session, () => field.input.focus());

  root.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      open();
    } else if (e.key === 'F6') {
      e.preventDefault();
      step(e.shiftKey ? -1 : 1);
    } else if (e.key === 'Escape' && !(e.target instanceof HTMLSelectElement)) {
      field.input.focus();
    }
  });

  /** To the next panel: its chosen option, else its first control, else its heading. */
  function step(by: number) {
    const panels = [...root.querySelectorAll<HTMLElement>('[data-panel]')];
    const at = panels.findIndex((p) => p.contains(document.activeElement));
    const panel = panels[(at + by + panels.length) % panels.length]!;
    const target = panel.querySelector<HTMLElement>('textarea, input:checked, input:not([type=file]):not(:disabled), button:not(:disabled), select:not(:disabled)') ?? panel.querySelector<HTMLElement>('h2');
    target?.focus();
    panel.scrollIntoView({ block: 'nearest' });
  }

  session.onChange(draw);
  draw();
  return root;
}

/** Kinds of entities that say where. */
const PLACES = new Set(['area', 'district', 'town', 'community', 'road', 'estate', 'building', 'place', 'address', 'station', 'landmark', 'school', 'hospital', 'village', 'park', 'market']);

/** The verdict, in one line. */
function sentence(session: Session): (Node | null)[] {
  const { case: c, words: w, city } = session;
  const a = c.analysis;
  if (session.problem) return [h('p', { class: 'wrong', role: 'alert' }, session.problem)];
  if (!a) return [h('p', { class: 'faint' }, w.empty)];
  const u = chosenUrgency(c);
  const { name, unit } = chosenUnit(c);
  const problem = chosenProblem(c, city);
  return [
    h(
      'p',
      { class: 'line' },
      h('span', { class: `badge u${u}` }, w[`urgency${u}`]),
      h('span', { class: 'badge' }, chosenType(c)),
      h('strong', {}, chosenTopic(c, city)?.name),
      problem && h('span', { class: 'sub' }, problem.name),
      h('span', { class: 'arrow', 'aria-hidden': 'true' }, '→'),
      h('strong', {}, unit?.local?.name && unit.unit.startsWith('属地') ? unit.local.name : name),
      a.limit && h('span', { class: 'sub' }, `${a.limit.value} ${w[a.limit.unit]}`),
    ),
    a.abstain ? h('p', { class: 'caution' }, w.abstain) : null,
  ];
}

/** Adds the choice to the list when it is not among those shown. */
const options = (shown: Option[], extra: Option | undefined): Option[] => (extra && !shown.some((o) => o.value === extra.value) ? [...shown, extra] : shown);

const pair = (name: string, value: string) => [h('dt', {}, name), h('dd', {}, value)];

/** The words of evidence, each once. */
function words(text: string, evidence: { start: number; end: number; weight: number }[]): string {
  return [...new Set(evidence.filter((e) => e.weight > 0).sort((a, b) => b.weight - a.weight).map((e) => text.slice(e.start, e.end)))].slice(0, 6).join(' · ');
}

function sources(session: Session, unit: { sources: import('jiesu').Sources }): Node[] {
  const w = session.words;
  const { catalogue, history, geo } = unit.sources;
  return [
    catalogue && h('li', {}, `${w.catalogue} ${catalogue}`),
    history && h('li', {}, `${w.history} ${percent(history.p)}`),
    geo && h('li', {}, `${w.geography} ${geo.name}`),
  ].filter((n): n is HTMLLIElement => Boolean(n));
}
