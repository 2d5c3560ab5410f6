import { defineConfig, type Plugin } from "vite";

/** The content policy forbids eval anyway; without it the rest of htmx can be made smaller. */
const withoutEval: Plugin = {
  name: "without-eval",
  transform(code, id) {
    if (!id.endsWith("htmx.esm.js")) return null;
    if (!code.includes("return eval(str)")) this.error("htmx changed: look for its eval again.");
    return { code: code.replace("return eval(str)", "return undefined"), map: null };
  },
};

export default defineConfig({
  plugins: [withoutEval],
  base: "./", // style sheets find their fonts wherever the static files are served
  publicDir: false,
  build: {
    outDir: "../src/allclear/web/static/dist",
    emptyOutDir: false, // a running program still names the last build's files; scripts/prune.mjs takes old ones away
    manifest: "manifest.json",
    assetsInlineLimit: 0, // data: addresses are against the content policy
    modulePreload: false,
    target: "baseline-widely-available",
    rolldownOptions: { input: "src/main.ts" },
  },
});
