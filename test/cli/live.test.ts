// Proves that a training can be watched while it runs: on this machine alone, with the epochs so far, and that it ends all the same.

import { request } from "node:http";
import { afterAll, expect, test } from "vitest";
import type { ReportData } from "../../report/run/data.ts";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

function asked(address: string, path: string, host?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, address), { headers: host === undefined ? {} : { host } }, (response) => {
      let body = "";
      response.on("data", (data) => {
        body += data;
      });
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("the page has the epochs so far, and no other name is answered", async () => {
  place.write("xor.dnn", xor.replace(/epochs +6/, "epochs 1000000"));
  const running = place.start("train", "xor.dnn", "--live", "--out", "watched");
  const said: string[] = [];
  running.child.stderr!.on("data", (data) => said.push(String(data)));
  await running.said("epoch 3/");
  const address = /its page is (http:\/\/127\.0\.0\.1:\d+\/)/.exec(said.join(""))![1]!;
  const page = await asked(address, "/");
  const data: ReportData = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page.body)![1]!);
  expect([page.status, data.title]).toEqual([200, "xor: watched"]);
  const epochs = data.runs[0]!.history.map((r) => r.epoch);
  expect(epochs.length).toBeGreaterThanOrEqual(3);
  expect(epochs).toEqual(epochs.map((_, i) => i + 1));
  expect(page.body).toContain("connect-src 'self'");
  expect(Number((await asked(address, "/epochs")).body)).toBeGreaterThanOrEqual(epochs.length);
  expect((await asked(address, "/", "evil.example")).status).toBe(403);
  expect((await asked(address, "/history.jsonl")).status).toBe(404);
  running.child.kill("SIGINT");
  expect((await running.done).code).toBe(130);
  await expect(asked(address, "/")).rejects.toThrow();
});
