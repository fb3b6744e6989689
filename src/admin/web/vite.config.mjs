import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// Their licences want to be told wherever they go.
const licences = ["preact", "uplot"].map(
  (name) => `${name}: ${readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8").trim()}`,
);

// Three files with fixed names, and the same bytes whenever the sources are the same.
export default defineConfig({
  base: "./", // so that it also works below a path of a reverse proxy
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
