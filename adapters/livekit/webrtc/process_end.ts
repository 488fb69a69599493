/**
 * The end of a process that has used @roamhq/wrtc.
 */

interface EndingProcess {
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
  exit(): void;
}

function isProcess(value: unknown): value is EndingProcess {
  return typeof value === "object" && value !== null &&
    ["on", "removeListener", "exit"].every((name) => typeof Reflect.get(value, name) === "function");
}

/**
 * A process that has held a sender or receiver of @roamhq/wrtc and ends by itself is killed by a segmentation fault, on
 * each of the run-times: the package's objects outlive what they rest on while the environment is taken down. One that
 * ends by `process.exit` is not taken down. So when there is nothing left to do, and everybody else has been told of
 * the end, it is that by which the process ends, with the exit code that it has.
 */
export function endWithoutTearDown(): void {
  const process: unknown = Reflect.get(globalThis, "process");
  if (!isProcess(process)) return;
  const end = () => process.exit();
  process.on("beforeExit", () => {
    // The last of all listeners, those included that have come since.
    process.removeListener("exit", end);
    process.on("exit", end);
  });
}
