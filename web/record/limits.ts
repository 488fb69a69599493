/**
 * The bounds of recording.
 */

/** Bytes of a recording that is kept in memory: it is ended, whole, when it is so large. */
export const MAX_MEMORY_BYTES: number = 256 * 1024 * 1024;
/** Bytes of a recording that is written to disk. */
export const MAX_DISK_BYTES: number = 64 * 1024 * 1024 * 1024;
/** Bytes of messages that may wait for the disk: a recording whose disk is slower is ended. */
export const MAX_WAITING_BYTES: number = 64 * 1024 * 1024;
