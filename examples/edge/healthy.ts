/** Ends with code 0 when the device is connected. */
import process from "node:process";

const port = process.env["HEALTH_PORT"] ?? "8086";
const isConnected = await fetch(`http://127.0.0.1:${port}`).then((response) => response.ok, () => false);
process.exit(isConnected ? 0 : 1);
