/** What both views share: the engine, the case in hand, today's orders, the decisions made. */
import { type ComplaintRecord, type Engine, JiesuError } from 'jiesu';
import { type Case, type City, feedback, newCase, recordOf } from './case';
import type { Language, Words } from './words';
import { WORDS } from './words';

export class Session {
  case: Case = newCase();
  language: Language = 'zh';
  incidents: ComplaintRecord[] = [];
  /** Lines of a loaded file that could not be read. */
  skipped = 0;
  /** Decisions not yet exported. */
  decided: string[] = [];
  maskOrder = true;
  /** What went wrong with the last analysis, for the person. */
  problem = '';
  #listeners = new Set<() => void>();
  #wanted = 0;
  #busy = false;

  constructor(
    readonly engine: Engine,
    readonly city: City,
  ) {}

  get words(): Words {
    return WORDS[this.language];
  }

  onChange(listener: () => void) {
    this.#listeners.clear();
    this.#listeners.add(listener);
  }

  changed() {
    for (const listener of this.#listeners) listener();
  }

  /** Takes the text as it stands. Only the newest text is analysed: while one is under way, those between are skipped. */
  write(text: string) {
    this.case.text = text;
    this.#wanted += 1;
    if (!this.#busy) void this.#run();
  }

  async #run() {
    this.#busy = true;
    try {
      let done = -1;
      while (done !== this.#wanted) {
        done = this.#wanted;
        await this.#analyze(this.case);
      }
    } finally {
      this.#busy = false;
    }
    this.changed();
  }

  async #analyze(c: Case) {
    if (c.text.trim() === '') {
      [c.analysis, c.duplicates, c.matter] = [null, [], 0];
      return;
    }
    try {
      const record = recordOf(c);
      const analysis = await this.engine.analyze(record);
      const duplicates = this.incidents.length ? await this.engine.lookup(record, { limit: 6 }) : [];
      [c.analysis, c.duplicates, this.problem] = [analysis, duplicates, ''];
      c.matter = Math.min(c.matter, analysis.matters.length - 1);
    } catch (e) {
      this.problem = e instanceof JiesuError ? `${e.code}: ${e.message}` : String(e);
    }
  }

  /** Analyses again, after an answer was noted or orders were loaded. */
  again() {
    this.write(this.case.text);
  }

  /** Reads a JSONL of orders to compare with; lines that are not records are counted and left out. */
  async compareWith(jsonl: string) {
    const records: ComplaintRecord[] = [];
    this.skipped = 0;
    for (const line of jsonl.split('\n')) {
      if (line.trim() === '') continue;
      try {
        const row: unknown = JSON.parse(line);
        if (row === null || typeof row !== 'object' || !('text' in row || 'title' in row || 'detail' in row)) throw new Error();
        records.push(row as ComplaintRecord);
      } catch {
        this.skipped += 1;
      }
    }
    await this.#setIncidents(records);
  }

  async #setIncidents(records: ComplaintRecord[]) {
    try {
      await this.engine.setIncidents(records);
      this.incidents = records;
    } catch (e) {
      this.problem = e instanceof JiesuError ? `${e.code}: ${e.message}` : String(e);
    }
    this.again();
  }

  /** The text for the order: masked unless the person wants it as it is. */
  async orderText(): Promise<string> {
    return this.maskOrder ? this.engine.mask(this.case.text) : this.case.text;
  }

  /** Keeps the decisions of the case and begins the next one; the finished order counts among today's. */
  async next() {
    const c = this.case;
    if (c.analysis) {
      this.decided.push(JSON.stringify(feedback(c, await this.engine.mask(c.text))));
      if (this.incidents.length) await this.#setIncidents([...this.incidents, recordOf(c)]);
    }
    this.case = newCase();
    this.changed();
  }
}
