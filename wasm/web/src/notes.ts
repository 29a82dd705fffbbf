/** The field of the call notes: a plain text area over a mirror that carries the highlights. */
import { h } from './dom';

export interface Mark {
  start: number;
  end: number;
  kind: 'evidence' | 'pii' | 'place';
}

export interface Notes {
  element: HTMLElement;
  input: HTMLTextAreaElement;
  /** Shows marks of the text as it stands. */
  show(marks: Mark[]): void;
}

/** No more marks than an eye can use; a 50,000-character paste stays quick. */
const MOST = 400;

export function notes(label: string, hint: string, id: string, onInput: (text: string) => void): Notes {
  const mirror = h('div', { class: 'mirror', 'aria-hidden': 'true' });
  const input = h('textarea', {
    id,
    'aria-label': label,
    placeholder: hint,
    spellcheck: 'false',
    autocomplete: 'off',
    dir: 'auto',
    oninput: () => {
      // Old marks would lie about the new text until the next answer.
      show([]);
      onInput(input.value);
    },
    onscroll: () => (mirror.scrollTop = input.scrollTop),
  });
  function show(marks: Mark[]) {
    const text = input.value;
    const sorted = marks.filter((m) => m.end > m.start && m.end <= text.length).sort((a, b) => a.start - b.start || b.end - a.end);
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const m of sorted.slice(0, MOST)) {
      if (m.start < at) continue;
      parts.push(text.slice(at, m.start), h('mark', { class: m.kind }, text.slice(m.start, m.end)));
      at = m.end;
    }
    // The last line break has no height of its own without something after it.
    parts.push(text.slice(at), '\u200b');
    mirror.replaceChildren(...parts);
    mirror.dir = 'auto';
    mirror.scrollTop = input.scrollTop;
  }
  return { element: h('div', { class: 'notes' }, mirror, input), input, show };
}
