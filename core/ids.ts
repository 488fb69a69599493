/**
 * Numbers that are counted from 1 for the whole process and never given twice (wire-protocol section 7).
 */

let channels = 0;
let clients = 0;
let services = 0;

/** The next channel id: positive, at most 2^53 - 1. */
export function nextChannelId(): number {
  channels += 1;
  return channels;
}

/** The next client id, a u32. */
export function nextClientId(): number {
  clients += 1;
  return clients;
}

/** The next service id, a u32. */
export function nextServiceId(): number {
  services += 1;
  return services;
}
