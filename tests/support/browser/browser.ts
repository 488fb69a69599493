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


const HTML =
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script src="page.js"></script></head><body></body></html>`;
