/** jiesu (接诉) in the browser and in Node. Spans count UTF-16 units, as JavaScript strings do. */

/** The five request types of the unified intake. */
export type RequestType = '咨询' | '求助' | '投诉' | '建议' | '表扬';

/** Where a request goes first: street or township, department, public enterprise, or it can be answered directly. */
export type Level = 'street' | 'department' | 'enterprise' | 'answer';

/** The lead is competent in the matter; the receiving street gets the order and reports in. */
export type Role = 'lead' | 'cooperating' | 'receiving';

/** Kinds of personal data. */
export type PiiKind = 'mobile' | 'landline' | 'citizen_id' | 'plate' | 'bank_card' | 'email';

/** One request, with the field names of the command line. Give `text`, or `title` and `detail` (joined by a newline). */
export interface ComplaintRecord {
  id?: string;
  text?: string;
  title?: string;
  detail?: string;
  /** A date, or date and time with `T` or a space and an optional zone (default Asia/Shanghai). */
  received_at?: string;
  channel?: string;
  /** An opaque token, the same for the same caller. */
  caller?: string;
  /** The address field of the form. */
  address?: string;
  /** WGS-84 degrees. */
  lon?: number;
  lat?: number;
  /** Code of an area the platform already knows. */
  area?: string;
  topic?: string;
  unit?: string;
  status?: string;
  satisfied?: boolean;
  reply?: string;
}

/** A half-open range of the analysed text, in UTF-16 units: `text.slice(start, end)`. */
export interface Span {
  start: number;
  end: number;
}

/** Part of the text that spoke for an answer, and how much it added. */
export interface Evidence extends Span {
  weight: number;
}

export interface Named {
  code: string;
  name: string;
}

/** A domain of the taxonomy with its calibrated probability. */
export interface Topic extends Named {
  p: number;
  evidence: Evidence[];
}

/** One of the monthly problems (每月一题). */
export interface Problem extends Named {
  theme: string;
  p: number;
}

/** The three sources of a suggestion, apart. */
export interface Sources {
  /** Row of the catalogue (派单目录). */
  catalogue: string | null;
  /** The learned model. */
  history: { p: number; evidence: Evidence[]; similar?: { id: string; unit: string; outcome: string | null; similarity: number }[] } | null;
  /** The area that fixed the jurisdiction. */
  geo: Named | null;
}

export interface Unit {
  /** Official name. */
  unit: string;
  role: Role;
  p: number;
  /** The concrete street, township or district branch, when geography tells it. */
  local: Named | null;
  sources: Sources;
  reasons: string[];
}

export interface Area extends Named {
  district: string | null;
  town: string | null;
  p: number;
}

export interface Entity extends Span {
  kind: string;
  text: string;
  /** Normal form, when there is one. */
  value: string | null;
}

export interface Pii extends Span {
  kind: PiiKind;
  text: string;
}

/** One matter of a text. */
export interface Matter extends Span {
  topics: Topic[];
  problem: Problem | null;
  units: Unit[];
}

/** Everything the engine says of one request. */
export interface Analysis {
  id: string;
  received_at?: string;
  channel?: string;
  caller?: string;
  status?: string;
  type: { label: RequestType; p: number; /** A report of an illegal act (举报). */ report: boolean };
  /** 0 ordinary, 1 the same day, 2 life or public safety. */
  urgency: { level: 0 | 1 | 2; reasons: string[] };
  collective: { flag: boolean; people: number | null };
  /** Ranked domains. */
  topics: Topic[];
  problem: Problem | null;
  level: Level;
  /** Never empty; the lead first. */
  units: Unit[];
  limit: { value: number; unit: 'hours' | 'workdays' } | null;
  /** A person should decide. */
  abstain: boolean;
  area: Area | null;
  /** At most eight candidates, best first. */
  areas: Area[];
  entities: Entity[];
  pii: Pii[];
  /** What to ask next. */
  missing: { fact: string; question: string }[];
  /** One entry for a text of one matter; the fields outside speak of the first. */
  matters: Matter[];
  incident: { id: string; relation: 'new' | 'same_matter' | 'same_person'; p: number } | null;
}

/** An earlier request that may be of the same matter. */
export interface Likeness {
  /** Id of the earlier request, as handed in. */
  id: string;
  /** Its place in the list handed in. */
  index: number;
  /** Probability that both belong to one incident. */
  p: number;
  relation: 'same_matter' | 'same_person' | 'related';
  reasons: string[];
}

/** The engine, on the main thread or in a worker: the same calls, the same answers, the same errors. */
export interface Engine {
  /** Analyses a text or a record. Pure: the same input always gets the same answer. */
  analyze(input: string | ComplaintRecord): Promise<Analysis>;
  /** The canonical JSON, byte for byte that of the command line and of Python; its spans count code points. */
  analyzeJson(input: string | ComplaintRecord): Promise<string>;
  /** The text with its personal data masked. */
  mask(text: string): Promise<string>;
  /** Hands in the requests that {@link Engine.lookup} searches (today's, say), replacing those handed in before. */
  setIncidents(records: (string | ComplaintRecord)[]): Promise<{ count: number }>;
  /** Which of them may be of the same matter, likeliest first. */
  lookup(input: string | ComplaintRecord, options?: { limit?: number }): Promise<Likeness[]>;
  /** Frees the module's memory (or ends the worker). Calls still in flight are rejected with `engine.disposed`. */
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /** The bundle: where it is, or its bytes. Default: the slim bundle of this package. */
  bundle?: string | URL | ArrayBuffer | Uint8Array | Blob | Response;
  /** The module. Default: the one of this package. */
  wasm?: string | URL | ArrayBuffer | Uint8Array | WebAssembly.Module | Response;
  /** Run in a Web Worker (in Node, a worker thread). Default: false. */
  worker?: boolean;
}

/** Opens an engine. */
export function load(options?: LoadOptions): Promise<Engine>;

/**
 * Every failure of the package. `code` is stable: `bundle.magic`, `bundle.version`, `bundle.length`, `bundle.checksum`, `bundle.malformed`,
 * `bundle.missing`, `bundle.fetch`, `bundle.source`, `complaint.no_text`, `record.malformed`, `record.rejected`, `engine.disposed`,
 * `wasm.load`, `worker.failed`, `internal`.
 */
export class JiesuError extends Error {
  constructor(code: string, message: string, options?: ErrorOptions);
  readonly name: 'JiesuError';
  readonly code: string;
}
