// The letters of Europe's languages beyond Latin-1, cut out of Inter: one name such as Nowák would else bring 85 kB.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import subsetFont from "subset-font";

const source = new URL("../node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", import.meta.url);
const target = new URL("../generated/inter-european.woff2", import.meta.url);
const ranges = [[0x100, 0x17f], [0x218, 0x21b], [0x1e9e, 0x1e9e]]; // as in src/styles/fonts.css

let letters = "";
for (const [first, last] of ranges) for (let code = first; code <= last; code++) letters += String.fromCodePoint(code);
mkdirSync(new URL(".", target), { recursive: true });
writeFileSync(target, await subsetFont(readFileSync(source), letters, { targetFormat: "woff2" }));
