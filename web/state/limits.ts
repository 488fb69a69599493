/**
 * How much the page keeps and shows at most. What is beyond a bound is left out, and the page says so where it shows.
 */

/** Channels that are listed at a time; a search finds the others. */
export const MAX_LISTED_CHANNELS = 400;
/** Parameters that are listed, and followed, at a time; a search finds the others. */
export const MAX_LISTED_PARAMETERS = 300;
/** Services that are listed at a time; a search finds the others. */
export const MAX_LISTED_SERVICES = 300;
/** Nodes and topics of the graph that are listed at a time; a search finds the others. */
export const MAX_LISTED_NODES = 200;
/** Panels that can be open at a time; one has to be closed for another. */
export const MAX_PANELS = 12;
/** Channels that are measured at a time, beside those that panels show. */
export const MAX_MEASURED = 200;
/** Problems that are listed; of more, the latest. */
export const MAX_PROBLEMS = 100;
/** Problems that were dismissed and are remembered, so that they stay away; of more, the latest. */
export const MAX_DISMISSED = 200;
/** Characters of a service's answer that are shown. */
export const MAX_REPLY_TEXT = 100_000;
/** Devices whose panels are remembered; of more, the latest. */
export const MAX_REMEMBERED_DEVICES = 8;
