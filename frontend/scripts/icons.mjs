// Writes the drawings of the icons named in icons.txt to one JSON file that the `icon` template tag reads.
// Inlined drawings need no request, follow the text colour and work under the strictest content policy.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
const target = here("../../src/allclear/web/templatetags/icons.json");
const names = readFileSync(here("../icons.txt"), "utf8")
  .split("\n")
  .map((line) => line.trim())
  .filter((line) => line && !line.startsWith("#"));

const drawings = { _licence: "Drawings from Lucide (ISC licence, lucide.dev)" };
const missing = [];
for (const name of [...new Set(names)].sort()) {
  const source = here(`../node_modules/lucide-static/icons/${name}.svg`);
  if (!existsSync(source)) {
    missing.push(name);
    continue;
  }
  const inner = readFileSync(source, "utf8").replace(/[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  drawings[name] = inner.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
}
if (missing.length) {
  console.error(`lucide has no icon named: ${missing.join(", ")}`);
  process.exit(1);
}
writeFileSync(target, `${JSON.stringify(drawings, null, 1)}\n`);
