/** A suggestion and its alternatives as a radio group: arrows choose, a mark shows what a person changed. */
import { h, percent } from './dom';

export interface Option {
  value: string;
  text: string;
  p?: number;
  note?: string;
  tone?: string;
}

export interface Choice {
  name: string;
  label: string;
  options: Option[];
  suggested: string | undefined;
  chosen: string | undefined;
  /** Label of the button that takes the choice back. */
  restore: string;
  /** There is nothing to choose about yet. */
  idle?: boolean;
  /** Several on a line. */
  inline?: boolean;
  numbered?: boolean;
  /** An option that chooses nothing. */
  none?: string;
  /** A list of everything, for what is not among the options. */
  more?: { label: string; all: Option[] };
  /** `undefined` takes the choice back. */
  onChoose: (value: string | undefined) => void;
}

export function choice(c: Choice): HTMLElement {
  const changed = c.chosen !== c.suggested;
  const pick = (value: string) => c.onChoose(value === (c.suggested ?? '') ? undefined : value);
  const options = c.none === undefined ? c.options : [...c.options, { value: '', text: c.none }];
  return h(
    'fieldset',
    { class: `choice${c.inline ? ' inline' : ''}`, 'aria-label': c.label, disabled: c.idle },
    ...options.map((o, i) => {
      const id = `${c.name}-${i}`;
      const radio = h('input', { type: 'radio', name: c.name, id, value: o.value, checked: (c.chosen ?? '') === o.value, 'data-key': `${c.name}-${o.value}`, onchange: () => pick(o.value) });
      const row = h(
        'label',
        { class: `option ${o.tone ?? ''}${o.value === c.suggested ? ' suggested' : ''}`, for: id },
        radio,
        c.numbered && o.value ? h('span', { class: 'number', 'aria-hidden': 'true' }, i + 1) : null,
        h('span', { class: 'text' }, o.text, o.note ? h('small', {}, o.note) : null),
        o.p === undefined ? null : h('span', { class: 'p' }, percent(o.p)),
      );
      if (o.p !== undefined) row.style.setProperty('--p', String(o.p));
      return row;
    }),
    c.more
      ? h(
          'select',
          { class: 'more', 'aria-label': `${c.label}: ${c.more.label}`, 'data-key': `${c.name}-more`, onchange: (e: Event) => (e.target as HTMLSelectElement).value && pick((e.target as HTMLSelectElement).value) },
          h('option', { value: '' }, c.more.label),
          ...c.more.all.map((o) => h('option', { value: o.value }, o.text)),
        )
      : null,
    changed ? h('button', { type: 'button', class: 'restore', 'data-key': `${c.name}-restore`, onclick: () => c.onChoose(undefined) }, `↺ ${c.restore}`) : null,
  );
}
