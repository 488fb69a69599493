/**
 * Ports that nobody uses.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Where a server listens on 127.0.0.1. */
export interface ServerPorts {
  /** Signalling and the API, over TCP. */
  readonly http: number;
  /** Media over TCP. */
  readonly tcp: number;
  /** Media over UDP. */
  readonly udp: number;
}

/** Ports that are free at the moment. Another process may take one before it is used: then choose again. */
export async function freePorts(): Promise<ServerPorts> {
  // Held together, so that the first two differ.
  const http = await holdTcp();
  const tcp = await holdTcp();
  const udp = await holdUdp();
  await Promise.all([http.release(), tcp.release(), udp.release()]);
  return { http: http.port, tcp: tcp.port, udp: udp.port };
}

/** A TCP port that is free at the moment. */
export async function freePort(): Promise<number> {
  const { port, release } = await holdTcp();
  await release();
  return port;
}

/** Whether all of them can be taken. */
export async function areFree(ports: ServerPorts): Promise<boolean> {
  const held = await Promise.allSettled([holdTcp(ports.http), holdTcp(ports.tcp), holdUdp(ports.udp)]);
  await Promise.all(held.map((one) => one.status === "fulfilled" ? one.value.release() : undefined));
  return held.every(({ status }) => status === "fulfilled");
}

interface Held {
  readonly port: number;
  readonly release: () => Promise<void>;
}

function holdTcp(port: number = 0): Promise<Held> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const release = (): Promise<void> => new Promise((done) => server.close(() => done()));
      if (address !== null && typeof address === "object") resolve({ port: address.port, release });
      else reject(new Error("a TCP socket without a port"));
    });
  });
}

function holdUdp(port: number = 0): Promise<Held> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", () => {
      const release = (): Promise<void> => new Promise((done) => socket.close(() => done()));
      resolve({ port: socket.address().port, release });
    });
  });
}
