// Takes away built files that are older than two days. Younger ones stay: a program that still runs names them in its pages.
import { existsSync, readdirSync, statSync, unlinkSync } from "node:fs";

const folder = new URL("../../src/allclear/web/static/dist/assets/", import.meta.url);
const old = Date.now() - 2 * 86_400_000;
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  const file = new URL(name, folder);
  if (statSync(file).mtimeMs < old) unlinkSync(file);
}
