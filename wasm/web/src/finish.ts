/** The finished order: looked at, copied, saved; then the next call. */
import { order } from './case';
import { copy, h, save } from './dom';
import type { Session } from './session';

/** The order as a person would paste it into another system. */
function asText(o: ReturnType<typeof order>, session: Session): string {
  const w = session.words;
  const rows: [string, string | null | undefined][] = [
    [w.type, `${o.type ?? ''}${o.report ? `（${w.report}）` : ''}`],
    [w.urgency, [w[`urgency${o.urgency}`], ...o.urgency_reasons].join('；')],
    [w.collective, o.collective.flag ? `${o.collective.people ?? ''} ${w.people}` : null],
    [w.address, o.area && [o.area.district, o.area.town, o.area.name].filter((n, i, all) => n && all.indexOf(n) === i).join(' ')],
    ...o.matters.flatMap((m, i): [string, string | null][] => [
      [o.matters.length > 1 ? `${w.topic} ${i + 1}` : w.topic, [m.domain?.name, m.problem?.name].filter(Boolean).join(' › ')],
      [w.unit, [m.lead, m.lead_local?.name].filter(Boolean).join(' · ')],
      [w.cooperating, m.cooperating.join('、') || null],
      [w.receiving, m.receiving.join('、') || null],
    ]),
    [w.limit, o.limit && `${o.limit.value} ${w[o.limit.unit]}`],
    [w.duplicates, o.incident],
    ...o.facts.map((f): [string, string] => [f.question, f.answer]),
  ];
  return [`${w.order} ${o.id}`, ...rows.filter(([, v]) => v).map(([k, v]) => `${k}：${v}`), '', o.text].join('\n');
}

export async function finish(session: Session, back: () => void) {
  const w = session.words;
  const said = h('p', { class: 'said', role: 'status' });
  const shown = h('pre', { tabindex: '0', 'aria-label': w.order });
  let current: ReturnType<typeof order>;
  async function make() {
    current = order(session.case, session.city, await session.orderText());
    shown.textContent = asText(current, session);
  }
  await make();
  const tell = async (text: string) => (said.textContent = (await copy(text)) ? w.copied : w.notCopied);
  const json = () => JSON.stringify(current, null, 2);
  const button = (label: string, key: string, onclick: () => void, primary = false) => h('button', { type: 'button', class: primary ? 'primary' : 'quiet', 'data-key': key, onclick }, label);
  const dialog = h(
    'dialog',
    { class: 'order', 'aria-labelledby': 'order-title' },
    h('h2', { id: 'order-title' }, `${w.order} ${current!.id}`),
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'checkbox', checked: session.maskOrder, onchange: (e: Event) => ((session.maskOrder = (e.target as HTMLInputElement).checked), void make()) }),
      w.maskOrder,
    ),
    shown,
    said,
    h(
      'div',
      { class: 'row' },
      button(w.copyText, 'copy-text', () => void tell(shown.textContent ?? '')),
      button(w.copyJson, 'copy-json', () => void tell(json())),
      button(w.download, 'download', () => save(`${current.id}.json`, json())),
      button(w.back, 'back', () => dialog.close()),
      button(w.next, 'next', () => void session.next().then(() => dialog.close()), true),
    ),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    back();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector<HTMLElement>('[data-key="next"]')?.focus();
}
