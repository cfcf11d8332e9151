// Runs calls with AWS's own npm client. stdin: [["ListHostedZones", {input}], ...]; stdout: one {"ok": output} or
// {"code": ..., "status": ..., "message": ...} for each. ["paginateListHostedZones", {input}] reads all pages, and gives
// the number of them and the zones.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const route53 = require("@aws-sdk/client-route-53");
const client = new route53.Route53Client({
  endpoint: process.env.ENDPOINT,
  region: "us-east-1",
  maxAttempts: Number(process.env.ATTEMPTS ?? 1),
});

async function pages(name, input) {
  const all = [];
  let count = 0;
  for await (const page of route53[name]({ client }, input)) {
    count += 1;
    all.push(...page.HostedZones);
  }
  return { pages: count, items: all };
}

async function run([name, input]) {
  try {
    if (name.startsWith("paginate")) return { ok: await pages(name, input) };
    const { $metadata, ...output } = await client.send(new route53[`${name}Command`](input));
    return { ok: output };
  } catch (error) {
    return { code: error.name, status: error.$metadata?.httpStatusCode ?? null, message: error.message };
  }
}

const results = [];
for (const step of JSON.parse(readFileSync(0, "utf8"))) results.push(await run(step));
console.log(JSON.stringify(results));
