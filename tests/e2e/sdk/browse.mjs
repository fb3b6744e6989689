// Opens a page for each case in a browser, has an SDK send from there, and leaves the page again.
// usage: node browse.mjs CHROMIUM PAGE_PORT DAEMON_URL WRITE_KEY
// Then it prints a line, {"pages": {CASE: [COMPLAINT]}, "beacons": {CASE: URL}, "asked": [URL], "strangers": [URL]}, and
// keeps the browser open until its stdin ends: what a page sent while it was left may still be under way.
// Pages are those of http://127.0.0.1:PAGE_PORT and of http://localhost:PAGE_PORT, which is another site. `beacons` is what
// went by sendBeacon, `asked` what pages asked for before they were left, `strangers` what the browser would have fetched
// from another host.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, pagePort, daemon, writeKey] = process.argv.slice(2);
const modules = fileURLToPath(new URL("node_modules", import.meta.url));
const rudderstack = "/@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js"; // without plugins from a CDN
const segment = "/@segment/analytics-next/dist/umd/index.js";
const events = {
  traits: { email: "a@example.com", plan: "pro" },
  order: { total: 25.5, items: ["socks"] },
  home: { section: "shop" },
  company: { name: "Initech" },
};

function startPages() {
  const scripts = [rudderstack, segment];
  const folders = scripts.map((path) => path.slice(0, path.lastIndexOf("/") + 1));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    if (folders.some((folder) => pathname.startsWith(folder))) {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      createReadStream(modules + pathname).on("error", () => response.destroy()).pipe(response);
    } else if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
    } else {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>A shop</title>");
    }
  });
  return new Promise((resolve) => server.listen(Number(pagePort), "127.0.0.1", () => resolve(server)));
}

// The browser's way to all other hosts. It ends here.
function startProxy(strangers) {
  const server = createServer((request, response) => {
    strangers.push(request.url);
    response.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    strangers.push(request.url);
    socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

// What follows runs in the page.

// A page that is being left can tell nobody but the site's next one.
function noteBeacon() {
  const send = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, body) => {
    sessionStorage.setItem("beacon", url);
    return send(url, body);
  };
}

async function sendByRudderStack({ userId, daemon, writeKey, options, events }) {
  const client = new window.rudderanalytics.RudderAnalytics();
  await new Promise((resolve) =>
    client.load(writeKey, daemon, { configUrl: daemon, logLevel: "WARN", ...options, onLoaded: resolve }),
  );
  client.setAnonymousId(`${userId}-anonymous`);
  client.identify(userId, events.traits);
  client.track("Order Completed", events.order);
  client.page("Home", events.home);
  await new Promise((resolve) => client.group("g", events.company, {}, resolve)); // they are all in its queue now
}

async function sendBySegment({ userId, daemon, writeKey, options, events }) {
  const client = window.AnalyticsNext.AnalyticsBrowser.load(
    { writeKey, cdnURL: daemon },
    { integrations: { "Segment.io": { protocol: new URL(daemon).protocol.slice(0, -1), ...options } } },
  );
  await client.ready();
  await client.setAnonymousId(`${userId}-anonymous`);
  await client.identify(userId, events.traits);
  await client.track("Order Completed", events.order);
  await client.page("Home", events.home);
  await client.group("g", events.company);
}

const hour = 3_600_000;
const cases = {
  "rudderstack": { script: rudderstack, send: sendByRudderStack, options: {} },
  "rudderstack-beacon": {
    script: rudderstack,
    send: sendByRudderStack,
    options: { useBeacon: true, beaconQueueOptions: { flushQueueInterval: hour } },
    leave: true,
  },
  "segment": { script: segment, send: sendBySegment, options: {} },
  "segment-batch": {
    script: segment,
    send: sendBySegment,
    options: { deliveryStrategy: { strategy: "batching", config: { size: 100, timeout: hour } } },
    leave: true,
  },
};

const strangers = [];
const asked = [];
const pages = {};
const beacons = {};
await startPages();
const proxy = await startProxy(strangers);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", `--proxy-server=http://127.0.0.1:${proxy.address().port}`],
});

// A page of a browser that has been nowhere yet.
async function open(host, script, said) {
  const context = await browser.newContext();
  context.on("request", (request) => asked.push(request.url()));
  await context.addInitScript(noteBeacon);
  const page = await context.newPage();
  page.on("console", (message) => {
    said.push(message.text());
    console.error(message.text()); // where the test shows it if nothing comes of all this
  });
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(`http://${host}:${pagePort}/shop?from=news`);
  await page.addScriptTag({ url: script });
  return page;
}

for (const [userId, { script, send, options, leave }] of Object.entries(cases)) {
  const said = [];
  pages[userId] = said;
  const page = await open("127.0.0.1", script, said);
  await page.evaluate(send, { userId, daemon, writeKey, options, events });
  if (leave) await page.goto(`http://127.0.0.1:${pagePort}/elsewhere`);
  beacons[userId] = await page.evaluate(() => sessionStorage.getItem("beacon"));
}

// A page of a site that the daemon does not know.
const page = await open("localhost", rudderstack, []);
const refused = page.waitForEvent("requestfailed", (request) => request.url().includes("/sourceConfig"));
await page.evaluate(
  ({ daemon, writeKey }) => {
    new window.rudderanalytics.RudderAnalytics().load(writeKey, daemon, { configUrl: daemon });
  },
  { daemon, writeKey },
);
pages.foreign = [(await refused).failure().errorText];

console.log(JSON.stringify({ pages, beacons, asked, strangers }));
process.stdin.on("end", async () => {
  await browser.close();
  process.exit();
});
process.stdin.resume();
