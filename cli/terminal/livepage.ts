// The page of a run while it trains, on 127.0.0.1 alone. In: the run's folder. Out: an address; the page there comes again after
// every epoch. Only browsers that ask for that very address are answered, so that no other page can read it.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readRemembered } from "../../project/train/history.ts";
import { readRun } from "../../project/train/runs.ts";
import type { ReportData } from "../../report/run/data.ts";
import { noModelFacts, reportOf } from "../../report/run/gather.ts";
import { reportPage } from "../../report/run/page.ts";
import { machine } from "./machine.ts";

const HOST = "127.0.0.1";

/** Looks every second whether there are more epochs; a server that is gone has no more. */
const FOLLOW = `const epochs = Math.max(0, ...data.runs.flatMap((run) => run.history.map((r) => r.epoch)));
const following = setInterval(async () => {
  try {
    if (Number(await (await fetch("/epochs")).text()) !== epochs) location.reload();
  } catch {
    clearInterval(following);
    document.querySelector("#run").append(ui.make("p", { class: "note" }, "The training has ended or was stopped: dnn report makes the whole page."));
  }
}, 1000);`;

export class LivePage {
  readonly address: string;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    this.address = `http://${HOST}:${(server.address() as AddressInfo).port}/`;
  }

  static async open(training: string, folder: string): Promise<LivePage> {
    const server = createServer(async (request, response) => {
      if (!isOwn(request, server)) return void response.writeHead(403).end();
      try {
        const isPage = request.url === "/";
        if (!isPage && request.url !== "/epochs") return void response.writeHead(404).end();
        const body = isPage ? reportPage(await dataOf(training, folder), FOLLOW) : await epochsOf(folder);
        response.writeHead(200, { "Content-Type": isPage ? "text/html" : "text/plain", "Cache-Control": "no-store" });
        response.end(body);
      } catch {
        response.writeHead(503).end();
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      server.listen(0, HOST, resolve);
    });
    // A page that is looked at keeps no training from ending.
    server.unref();
    return new LivePage(server);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** A page of another address that a name was led here from asks for that name. */
const isOwn = ({ headers, method }: IncomingMessage, server: Server): boolean =>
  method === "GET" && headers.host === `${HOST}:${(server.address() as AddressInfo | null)?.port}`;

async function epochsOf(folder: string): Promise<string> {
  const { history } = await readRemembered(folder, machine.disk);
  return String(history.at(-1)?.epoch ?? 0);
}

async function dataOf(training: string, folder: string): Promise<ReportData> {
  const { history } = await readRemembered(folder, machine.disk);
  if (history.length > 0) {
    const run = await readRun(folder, machine.disk);
    return reportOf({ run, model: noModelFacts, shown: [], weights: undefined, notes: [] });
  }
  return {
    title: `${training}: ${folder}`,
    facts: [["training", "in its first epoch"]],
    program: "",
    runs: [],
    result: 0,
    shown: [],
    ...noModelFacts,
    weights: [],
    notes: [],
  };
}
