/**
 * Senders and receivers of @roamhq/wrtc: `getStats` of theirs throws, and their prototypes cannot be changed, so what is
 * handed out is given a `getStats` of its own.
 */

/** Asks a peer connection for its report. */
export type ReadStats = () => Promise<RTCStatsReport>;

/** Gives a sender or receiver a working `getStats`, once. `mid`: the id of its media section, when it has one. */
export function supplyStats<A extends RTCRtpSender | RTCRtpReceiver>(
  end: A,
  readStats: ReadStats,
  mid: () => string | null = () => null,
): A {
  if (!Object.hasOwn(end, "getStats")) {
    define(end, "getStats", { value: async () => about(await readStats(), mid()) });
  }
  return end;
}

/** The same for both ends of a transceiver, when somebody asks for them: each one made costs native memory. */
export function supplyTransceiver<A extends RTCRtpTransceiver>(transceiver: A, readStats: ReadStats): A {
  if (Object.hasOwn(transceiver, "sender")) return transceiver;
  const prototype: RTCRtpTransceiver = Object.getPrototypeOf(transceiver);
  const mid = () => transceiver.mid;
  for (const name of ["sender", "receiver"] as const) {
    define(transceiver, name, {
      get: () => supplyStats<RTCRtpSender | RTCRtpReceiver>(Reflect.get(prototype, name, transceiver), readStats, mid),
    });
  }
  return transceiver;
}

function define(target: object, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(target, name, { ...property, configurable: true, enumerable: true });
}

/** A report without the streams of other media sections. */
function about(report: RTCStatsReport, mid: string | null): RTCStatsReport {
  if (mid === null) return report;
  const own = new Map<string, unknown>();
  for (const [id, entry] of report.entries()) {
    const section: unknown = entry.mid;
    if (section === undefined || section === mid) own.set(id, entry);
  }
  return own;
}
