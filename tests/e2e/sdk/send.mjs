// Sends one event of each type through an SDK as an application would.
// usage: node send.mjs rudderstack|segment URL WRITE_KEY
import { createRequire } from "node:module";

const [which, url, writeKey] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const timestamp = new Date("2024-01-02T03:04:05.678Z");
const context = { ip: "192.0.2.1" };

function report(error) {
  console.error(error);
  process.exitCode = 1;
}

function sendAll(client) {
  client.identify({ userId: "u", anonymousId: "a", traits: { email: "a@example.com", plan: "pro" }, timestamp, context });
  client.track({ userId: "u", event: "Order Completed", properties: { total: 25.5, items: ["socks"] }, timestamp });
  client.page({ userId: "u", name: "Home", properties: { url: "https://example.com/" }, timestamp });
  client.screen({ userId: "u", name: "Main", properties: { tab: 1 }, timestamp });
  client.group({ userId: "u", groupId: "g", traits: { name: "Initech" }, timestamp });
  client.alias({ userId: "u", previousId: "old", timestamp });
}

if (which === "rudderstack") {
  const { default: RudderAnalytics } = await import("@rudderstack/rudder-sdk-node");
  const client = new RudderAnalytics(writeKey, { dataPlaneUrl: url, flushAt: 20, errorHandler: report });
  sendAll(client);
  await client.flush();
} else {
  const { Analytics } = require("@segment/analytics-node");
  const client = new Analytics({ writeKey, host: url, path: "/v1/batch" });
  client.on("error", report);
  sendAll(client);
  await client.closeAndFlush({ timeout: 20_000 });
}
process.exit();
