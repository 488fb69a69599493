/** Stands in for livekit-client: says that it was loaded. */
console.log("loaded livekit-client");

export {};
