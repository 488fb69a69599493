/**
 * Chromium, with pages from this host alone.
 */
import { createServer, type Server } from "node:http";
import chromium from "@sparticuz/chromium";
import { type Browser, launch, type Page } from "puppeteer-core";

/** A page, and what went wrong on it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of its console, and errors that nobody caught. */
  readonly complaints: ReadonlyArray<string>;
}

const settings: ReadonlyArray<string> = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  // Nothing of it gets to a network.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-sync",
  "--no-first-run",
  "--no-pings",
  // A host candidate is to be an address of this host, not a name that nobody here can look up.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--allow-loopback-in-peer-connection",
];

/** A browser and a server for its pages. It ends with this process at the latest, however this process ends. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #programs: Map<string, string>;
  readonly #origin: string;

  private constructor(browser: Browser, server: Server, programs: Map<string, string>, origin: string) {
    this.#browser = browser;
    this.#server = server;
    this.#programs = programs;
    this.#origin = origin;
  }

  static async start(): Promise<TestBrowser> {
    const programs = new Map<string, string>();
    const server = createServer(({ url = "/" }, response) => {
      const [, name = "", file] = url.split("/");
      const code = programs.get(name);
      const found = code !== undefined && (file === "page.html" || file === "page.js");
      const type = file === "page.js" ? "text/javascript" : "text/html";
      response.writeHead(found ? 200 : 404, { "content-type": `${type}; charset=utf-8` });
      response.end(!found ? "" : file === "page.js" ? code : HTML);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server of the pages has no port");
    const browser = await launch({
      executablePath: await chromium.executablePath(),
      // Over a pipe: it ends when the other end of the pipe is gone.
      pipe: true,
      headless: "shell",
      args: [...settings],
      // The locale of an environment without one has a name that the browser's own Intl does not know.
      env: { ...process.env, LANG: "en_US.UTF-8", LC_ALL: "en_US.UTF-8", LANGUAGE: "en_US" },
      timeout: 60_000,
      protocolTimeout: 120_000,
    });
    return new TestBrowser(browser, server, programs, `http://127.0.0.1:${address.port}`);
  }

  /** The process, while it runs. */
  get pid(): number | undefined {
    return this.#browser.process()?.pid;
  }

  /** Opens a page that runs the program, in a session of its own. */
  async open(program: string): Promise<OpenPage> {
    const name = `page-${this.#programs.size}`;
    this.#programs.set(name, program);
    return await this.visit(`${this.#origin}/${name}/page.html`);
  }

  /** Opens a page of another server on this host, in a session of its own; `prepare` is called before. */
  async visit(url: string, prepare?: (page: Page) => Promise<unknown>): Promise<OpenPage> {
    const context = await this.#browser.createBrowserContext();
    const page = await context.newPage();
    const complaints: Array<string> = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warn") {
        complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await prepare?.(page);
    await page.goto(url);
    return { page, complaints };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const HTML =
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script src="page.js"></script></head><body></body></html>`;
