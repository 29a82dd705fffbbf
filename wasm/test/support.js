import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A path from the root of the repository. */
export const project = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The rows of a JSONL file, as text. */
export const lines = (path) => readFileSync(project(path), 'utf8').split('\n').filter(Boolean);

/** The bundle that ships. */
export const FULL = project('models/beijing.jiesu');

/** The bundle of the page. */
export const SLIM = project('wasm/bundle/slim.jiesu');

if (!existsSync(project('wasm/pkg/jiesu_wasm_bg.wasm'))) throw new Error('no wasm/pkg: run wasm/build.sh first');
