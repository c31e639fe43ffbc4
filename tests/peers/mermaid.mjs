// Reads charts from a JSON list and prints what Mermaid's own parser says of each: null, or why not.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

// Mermaid cleans texts by means of a browser's document.
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

const answers = [];
for (const chart of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  try {
    const { diagramType } = await mermaid.parse(chart);
    answers.push(diagramType.startsWith("flowchart") ? null : `it is a ${diagramType}`);
  } catch (error) {
    answers.push(String(error.message));
  }
}
console.log(JSON.stringify(answers));
