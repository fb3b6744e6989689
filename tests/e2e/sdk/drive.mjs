// A browser that does what it is told, line by line.
// usage: node drive.mjs CHROMIUM TIMEOUT_MS
// stdin, a line each: {"call": NAME, "args": [...], "on": [[METHOD, ARG...]...]}; stdout, a line each: {"result": ...} or
// {"error": "..."}. `on` leads from Playwright's page to a locator; without it the page itself is meant. Further calls are
// open(OPTIONS), which goes on with a page of a new context, and heard(), what that page complained of and asked for. It
// ends with its stdin.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, timeout] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let page;
let complaints;
let asked;

async function open(options) {
  await page?.context().close();
  const context = await browser.newContext(options);
  context.setDefaultTimeout(Number(timeout));
  page = await context.newPage();
  complaints = [];
  asked = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
}

async function obey({ call, args = [], on = [] }) {
  if (call === "open") return open(...args);
  if (call === "heard") return { complaints, asked };
  const target = on.reduce((from, [method, ...rest]) => from[method](...rest), page);
  const owner = call.includes(".") ? target[call.split(".")[0]] : target;
  const result = await owner[call.split(".").at(-1)](...args);
  return typeof result === "object" && call !== "evaluate" && !Array.isArray(result) ? null : result;
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line)).then(
    (result) => ({ result: result ?? null }),
    (error) => ({ error: String(error) }),
  );
  console.log(JSON.stringify(answer));
}
await browser.close();
