// Proves that all text of both themes has a contrast of at least 4.5:1 (marks and outlines 3:1), from tokens.css itself.
import { readFileSync } from "node:fs";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const tokensOf = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/gi)].map(([, name, hex]) => [name, hex]));
const blocks = [...css.matchAll(/\{([^{}]*)\}/g)].map(([, block]) => tokensOf(block));
const [light, system, dark] = blocks;

const wrong = [];
for (const [name, hex] of Object.entries(dark)) if (system[name] !== hex) wrong.push(`dark ${name} differs between its two blocks`);

const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => channel(parseInt(hex.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const pages = ["bg", "surface", "sunken"];
const rows = [...pages, "accent-soft"];
const text = [
  ...["text", "muted", "accent", "accent-hover"].flatMap((name) => rows.map((under) => [name, under])),
  ...["p3", "p4", "p5", "ok", "warn", "danger", "info", "p1"].flatMap((name) => rows.map((under) => [name, under])),
  ["p2", "p2-soft"], ["p2", "surface"], ["on-p1", "p1"], ["on-accent", "accent"], ["on-accent", "accent-hover"],
  ["on-danger", "danger"], ["on-danger", "danger-hover"], ["danger", "danger-soft"], ["text", "danger-soft"],
  ["warn", "warn-soft"], ["text", "warn-soft"], ["ok", "ok-soft"], ["text", "public"], ["muted", "public"],
  ["info", "public"], ["accent", "public"], ["text", "internal"], ["muted", "internal"], ["internal-text", "internal"],
  ["accent", "internal"], ["on-avatar", "avatar"], ["text", "mark"],
];
const marks = [["line-strong", "surface"], ["line-strong", "bg"], ["accent", "track"], ["ok", "track"], ["warn", "track"], ["danger", "track"]];

for (const [theme, tokens] of [["light", light], ["dark", dark]]) {
  let least = [99, ""];
  for (const [pairs, limit] of [[text, 4.5], [marks, 3]]) {
    for (const [over, under] of pairs) {
      const ratio = contrast(tokens[over], tokens[under]);
      if (limit === 4.5 && ratio < least[0]) least = [ratio, `${over} on ${under}`];
      if (ratio < limit) wrong.push(`${theme}: ${over} on ${under} is ${ratio.toFixed(2)}, must be ${limit}`);
    }
  }
  console.log(`${theme}: ${text.length} pairs of text, least ${least[0].toFixed(2)} (${least[1]})`);
}
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
