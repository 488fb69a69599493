/**
 * The messages of the protocol, as they are in the program: plain, immutable data, told apart by `op`.
 */
export type * from "./server_messages.ts";
export type * from "./client_messages.ts";
