import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// Their licences must be included in every copy.
const licences = ["preact", "uplot"].map(
  (name) => `${name}: ${readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8").trim()}`,
);

// Three files with fixed names. The same sources give the same bytes.
export default defineConfig({
  base: "./", // works below a path of a reverse proxy too
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "inline" },
  build: {
    target: "es2022",
    cssTarget: "chrome123", // keeps light-dark()
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        banner: `/*!\n${licences.join("\n\n")}\n*/`,
        entryFileNames: "page.js",
        assetFileNames: "page[extname]",
        inlineDynamicImports: true,
      },
    },
  },
});
