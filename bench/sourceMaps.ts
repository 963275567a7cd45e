import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A place in the code as V8 knows it, counted from 0. */
export interface CodePlace {
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Leads from a bundle back to the files it was made of; other places stay what they are. */
export function createSourceMapper(): (place: CodePlace) => CodePlace {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (url: string): SourceMap | null => {
    const known = maps.get(url);
    if (known !== undefined) return known;
    const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : '';
    const map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
    maps.set(url, map);
    return map;
  };
  return (place) => {
    const entry = mapOf(place.url)?.findEntry(place.lineNumber, place.columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const { originalSource, originalLine, originalColumn } = entry;
    const url = new URL(originalSource, pathToFileURL(fileURLToPath(place.url))).href;
    return { url, lineNumber: originalLine, columnNumber: originalColumn };
  };
}
