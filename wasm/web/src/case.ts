/** One call: its text, what the engine says, what the person decided. */
import type { Analysis, Area, ComplaintRecord, Likeness, Matter, Problem, RequestType, Topic, Unit } from 'jiesu';

/** What a person chose instead of the suggestion; absent means accepted. */
export interface Choices {
  type?: RequestType;
  urgency?: 0 | 1 | 2;
  area?: string;
  incident?: string;
  /** Of each matter of the text. */
  matters: { topic?: string; problem?: string; unit?: string }[];
}

export interface Case {
  id: string;
  text: string;
  analysis: Analysis | null;
  duplicates: Likeness[];
  /** Answers to the questions asked, by fact. */
  facts: Map<string, { question: string; answer: string }>;
  choices: Choices;
  /** Which matter is looked at. */
  matter: number;
}

export interface City {
  districts: { code: string; name: string; rings: number[][] }[];
  towns: [string, number, number][];
  domains: { code: string; name: string }[];
  problems: { code: string; name: string; theme: string; domain: string }[];
  units: string[];
}

let counter = 0;

export function newCase(): Case {
  counter += 1;
  const stamp = new Date().toISOString().slice(0, 16).replaceAll(/[-:T]/g, '');
  return { id: `${stamp}-${String(counter).padStart(3, '0')}`, text: '', analysis: null, duplicates: [], facts: new Map(), choices: { matters: [] }, matter: 0 };
}

/** The record handed to the engine. A place given as an answer counts as the address field of the form. */
export function recordOf(c: Case): ComplaintRecord {
  const place = [...c.facts].find(([fact]) => /address|place|location|where|地址|地点/.test(fact))?.[1].answer;
  return { id: c.id, text: c.text, ...(place ? { address: place } : {}) };
}

const lead = (units: Unit[]) => units.find((u) => u.role === 'lead') ?? units[0];

/** A matter with the fields the answer keeps outside for the first one. */
export function matterOf(a: Analysis, index: number): Pick<Matter, 'topics' | 'problem' | 'units'> {
  const m = a.matters[index];
  return index === 0 || !m ? { topics: a.topics, problem: a.problem, units: a.units } : m;
}

export interface Decision {
  suggested: string | null;
  p: number | null;
  chosen: string | null;
  accepted: boolean;
}

const decide = (suggested: string | null, p: number | null, chosen: string | undefined): Decision => ({
  suggested,
  p,
  chosen: chosen ?? suggested,
  accepted: chosen === undefined || chosen === suggested,
});

/** Every decision of a case, by field. */
export function decisions(c: Case): Record<string, Decision> {
  const a = c.analysis;
  if (!a) return {};
  const out: Record<string, Decision> = {
    type: decide(a.type.label, a.type.p, c.choices.type),
    urgency: decide(String(a.urgency.level), null, c.choices.urgency?.toString()),
    area: decide(a.area?.code ?? null, a.area?.p ?? null, c.choices.area),
    incident: decide(likely(c)?.id ?? 'new', likely(c)?.p ?? null, c.choices.incident),
  };
  a.matters.forEach((_, i) => {
    const m = matterOf(a, i);
    const choice = c.choices.matters[i] ?? {};
    const name = (field: string) => (i === 0 ? field : `${field}_${i + 1}`);
    out[name('domain')] = decide(m.topics[0]?.code ?? null, m.topics[0]?.p ?? null, choice.topic);
    out[name('problem')] = decide(m.problem?.code ?? '00', m.problem?.p ?? null, choice.problem);
    out[name('unit')] = decide(lead(m.units)?.unit ?? null, lead(m.units)?.p ?? null, choice.unit);
  });
  return out;
}

/** The earlier order this one would join, unless a person says otherwise. */
export const likely = (c: Case): Likeness | undefined => c.duplicates.find((d) => d.relation !== 'related' && d.p >= 0.5);

export const chosenType = (c: Case): RequestType | undefined => c.choices.type ?? c.analysis?.type.label;
export const chosenUrgency = (c: Case): 0 | 1 | 2 => c.choices.urgency ?? c.analysis?.urgency.level ?? 0;
export const chosenArea = (c: Case): Area | null => {
  const code = c.choices.area;
  if (code === undefined) return c.analysis?.area ?? null;
  return c.analysis?.areas.find((a) => a.code === code) ?? null;
};
export const chosenTopic = (c: Case, city: City, index = c.matter): Pick<Topic, 'code' | 'name'> | undefined => {
  if (!c.analysis) return undefined;
  const code = c.choices.matters[index]?.topic;
  const topics = matterOf(c.analysis, index).topics;
  return code === undefined ? topics[0] : (topics.find((t) => t.code === code) ?? city.domains.find((d) => d.code === code));
};
export const chosenProblem = (c: Case, city: City, index = c.matter): Pick<Problem, 'code' | 'name' | 'theme'> | null => {
  if (!c.analysis) return null;
  const code = c.choices.matters[index]?.problem;
  return code === undefined ? matterOf(c.analysis, index).problem : (city.problems.find((p) => p.code === code) ?? null);
};
export const chosenUnit = (c: Case, index = c.matter): { name: string; unit: Unit | undefined } => {
  const units = c.analysis ? matterOf(c.analysis, index).units : [];
  const name = c.choices.matters[index]?.unit ?? lead(units)?.unit ?? '';
  return { name, unit: units.find((u) => u.unit === name) };
};

/** The finished order. */
export function order(c: Case, city: City, text: string) {
  const a = c.analysis;
  const area = chosenArea(c);
  const all = decisions(c);
  return {
    id: c.id,
    created_at: new Date().toISOString(),
    text,
    facts: [...c.facts].map(([fact, { question, answer }]) => ({ fact, question, answer })),
    type: chosenType(c),
    report: a?.type.report ?? false,
    urgency: chosenUrgency(c),
    urgency_reasons: a?.urgency.reasons ?? [],
    collective: a?.collective ?? { flag: false, people: null },
    area: area && { code: area.code, name: area.name, district: area.district, town: area.town },
    level: a?.level,
    limit: a?.limit ?? null,
    matters: (a?.matters ?? []).map((m, i) => {
      const units = a ? matterOf(a, i).units : [];
      const { name, unit } = chosenUnit(c, i);
      const topic = chosenTopic(c, city, i);
      const problem = chosenProblem(c, city, i);
      const others = (role: string) => units.filter((u) => u.role === role && u.unit !== name).map((u) => u.local?.name ?? u.unit);
      return {
        start: m.start,
        end: m.end,
        domain: topic ? { code: topic.code, name: topic.name } : null,
        problem: problem && { code: problem.code, name: problem.name },
        lead: name,
        lead_local: unit?.local ?? null,
        cooperating: others('cooperating'),
        receiving: others('receiving'),
        reasons: unit?.reasons ?? [],
      };
    }),
    incident: all.incident?.chosen === 'new' ? null : (all.incident?.chosen ?? null),
    overruled: Object.keys(all).filter((k) => !all[k]!.accepted),
  };
}

/** One line of feedback: what was suggested, what was decided. Its flat fields train a model as they are. */
export function feedback(c: Case, text: string) {
  const all = decisions(c);
  const chosen = Object.fromEntries(Object.entries(all).map(([field, d]) => [field, d.chosen]));
  return { id: c.id, decided_at: new Date().toISOString(), text, ...chosen, overruled: Object.keys(all).filter((k) => !all[k]!.accepted), decisions: all };
}
