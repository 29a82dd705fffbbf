// Compiled, never run: what the declarations promise to a caller.
import { JiesuError, load, type Analysis, type Engine } from 'jiesu';

const engine: Engine = await load({ bundle: new URL('https://example.org/slim.jiesu'), worker: true });
const a: Analysis = await engine.analyze({ title: '工资', detail: '拖欠工资', received_at: '2026-01-05' });
const label: '咨询' | '求助' | '投诉' | '建议' | '表扬' = a.type.label;
const where: string | undefined = a.area?.district ?? undefined;
const canonical: string = await engine.analyzeJson('路灯不亮');
const found: number[] = (await engine.lookup('路灯不亮', { limit: 3 })).map((l) => l.p);
// @ts-expect-error a record's text is a string
await engine.analyze({ text: 7 });
// @ts-expect-error there is no such type
const wrong: typeof label = '举报';
try {
  await load({ bundle: new Uint8Array() });
} catch (e) {
  if (e instanceof JiesuError) e.code satisfies string;
}
await engine.dispose();
export { canonical, found, where, wrong };
