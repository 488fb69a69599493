/**
 * The bounds of decoding. What is larger is refused in words; the page goes on.
 */

/** Bytes of a schema that are read. */
export const MAX_SCHEMA_BYTES: number = 4 * 1024 * 1024;
/** How deep parts of a message may lie in each other. */
export const MAX_DEPTH = 64;
/** Parts of one message that take no bytes of it, and so are not bounded by its size. */
export const MAX_EMPTY_PARTS = 65_536;
/** Characters of a ROS definition; its parser is slow. */
export const MAX_ROS_TEXT: number = 512 * 1024;
/** Types that a ROS definition may define; its parser looks for each among all. */
export const MAX_ROS_TYPES = 1_000;
