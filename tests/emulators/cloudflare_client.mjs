// Runs calls with Cloudflare's own npm client. stdin: [["dns.records.list", argument...], ...]; stdout: one
// {"ok": result} or {"status": HTTP status, "errors": [...]} for each. What comes in pages is read to the end.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const Cloudflare = require("cloudflare");
const client = new Cloudflare({ maxRetries: Number(process.env.RETRIES ?? 0) });

async function run([path, ...args]) {
  const names = path.split(".");
  const method = names.pop();
  const target = names.reduce((object, name) => object[name], client);
  try {
    const promise = target[method](...args);
    if (method !== "list") return { ok: await promise };
    const all = [];
    for await (const item of promise) all.push(item);
    return { ok: all };
  } catch (error) {
    return { status: error.status ?? null, errors: error.errors ?? [], text: String(error) };
  }
}

const results = [];
for (const step of JSON.parse(readFileSync(0, "utf8"))) results.push(await run(step));
console.log(JSON.stringify(results));
