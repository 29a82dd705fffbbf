/** The citizen's view: one column, plain words, asks for what is missing. The same engine, the same case. */
import { chosenArea, chosenTopic, chosenType, chosenUnit, chosenUrgency, order } from './case';
import { choice } from './choice';
import { h, replace } from './dom';
import { finish } from './finish';
import { notes } from './notes';
import type { Session } from './session';

const TYPES = ['咨询', '求助', '投诉', '建议', '表扬'] as const;

export function citizen(session: Session): HTMLElement {
  const w = session.words;
  const field = notes(w.cWhat, w.cWhatHint, 'story', (text) => session.write(text));
  field.input.value = session.case.text;
  const [urgent, kinds, missing, privacy, place, outcome] = [h('div', { role: 'alert' }), h('div'), h('div'), h('div'), h('div'), h('div', { role: 'status' })];
  const make = h('button', { type: 'button', class: 'primary wide', 'data-key': 'make', onclick: () => session.case.analysis && void finish(session, () => field.input.focus()) }, w.cMake);
  const root = h(
    'main',
    { class: 'citizen' },
    h('h2', { class: 'lead' }, w.cTitle),
    h('p', { class: 'intro' }, w.cLead),
    h('label', { for: 'story', class: 'question' }, w.cWhat),
    field.element,
    urgent,
    privacy,
    kinds,
    missing,
    place,
    outcome,
    make,
  );

  function draw() {
    const c = session.case;
    const a = c.analysis;
    if (field.input.value !== c.text) field.input.value = c.text;
    field.show(a ? a.pii.map((p) => ({ ...p, kind: 'pii' as const })) : []);
    make.disabled = !a;
    replace(urgent, a && chosenUrgency(c) === 2 ? h('p', { class: 'alarm' }, w.cUrgent) : null);
    replace(privacy, a?.pii.length ? h('p', { class: 'caution' }, w.cPrivacy) : null);
    replace(
      kinds,
      a
        ? h(
            'section',
            {},
            h('h3', { class: 'question' }, w.cKind),
            choice({
              name: 'kind',
              label: w.cKind,
              inline: true,
              options: TYPES.map((t) => ({ value: t, text: w[`c${t}`], note: t === w[`c${t}`] ? undefined : t })),
              suggested: a.type.label,
              chosen: chosenType(c),
              restore: w.restore,
              onChoose: (v) => ((c.choices.type = v as (typeof TYPES)[number] | undefined), session.changed()),
            }),
          )
        : null,
    );
    replace(
      missing,
      a && (a.missing.length || c.facts.size)
        ? h(
            'section',
            { class: 'gaps' },
            h('h3', { class: 'question' }, w.cMissing),
            ...a.missing.map((m, i) =>
              h(
                'p',
                {},
                h('label', { for: `gap-${i}` }, m.question),
                h('input', {
                  id: `gap-${i}`,
                  type: 'text',
                  autocomplete: 'off',
                  'data-key': `gap-${m.fact}`,
                  value: c.facts.get(m.fact)?.answer ?? '',
                  onchange: (e: Event) => {
                    const answer = (e.target as HTMLInputElement).value.trim();
                    if (answer) c.facts.set(m.fact, { question: m.question, answer });
                    else c.facts.delete(m.fact);
                    session.again();
                  },
                }),
              ),
            ),
          )
        : null,
    );
    const area = chosenArea(c);
    replace(
      place,
      a?.areas.length
        ? h(
            'section',
            {},
            h('h3', { class: 'question' }, w.cPlace),
            choice({
              name: 'where',
              label: w.cPlace,
              options: a.areas.slice(0, 4).map((x) => ({ value: x.code, text: [x.district, x.town, x.name].filter((n, i, all) => n && all.indexOf(n) === i).join(' ') })),
              none: w.cPlaceNone,
              suggested: a.area?.code,
              chosen: area?.code,
              restore: w.restore,
              onChoose: (v) => ((c.choices.area = v), session.changed()),
            }),
          )
        : null,
    );
    replace(outcome, ...(a ? [result(session)] : session.problem ? [h('p', { class: 'wrong' }, session.problem)] : []));
  }
  session.onChange(draw);
  draw();
  return root;
}

function result(session: Session): HTMLElement {
  const { case: c, words: w, city } = session;
  const { name, unit } = chosenUnit(c);
  const o = order(c, city, '');
  return h(
    'dl',
    { class: 'result' },
    h('dt', {}, w.cAbout),
    h('dd', {}, chosenTopic(c, city)?.name),
    h('dt', {}, w.cWho),
    h('dd', {}, unit?.local?.name ?? name, c.analysis?.abstain ? h('small', {}, w.cUnsure) : null),
    ...(o.limit ? [h('dt', {}, w.cLimit), h('dd', {}, `${o.limit.value} ${w[o.limit.unit]}${w.cLimitEnd}`)] : []),
  );
}
