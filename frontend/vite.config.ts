import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // style sheets find their fonts wherever the static files are served
  publicDir: false,
  build: {
    outDir: "../src/allclear/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0, // data: addresses are against the content policy
    modulePreload: false,
    target: "baseline-widely-available",
    rolldownOptions: { input: "src/main.ts" },
  },
});
