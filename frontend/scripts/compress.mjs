// Writes each built text file once more with Brotli and once with gzip; the program sends what the browser understands.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../../src/allclear/web/static/dist/assets/", import.meta.url);
for (const name of readdirSync(folder).filter((name) => /\.(js|css|svg)$/.test(name))) {
  const source = new URL(name, folder);
  if (existsSync(new URL(`${name}.br`, folder))) continue; // a file's name says its content
  const text = readFileSync(source);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(text, { level: 9 }));
  writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(text, { params }));
}
