import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, assert, describe, it } from "vitest";
import { AssetError, assetFolder, type AssetFolderOptions } from "../../files/mod.ts";
import { wasOpenedWithin } from "../../files/opened_file.ts";
import { ConfigurationError } from "../../mod.ts";

const base = mkdtempSync(join(tmpdir(), "fieldlink-assets-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const root = join(base, "served");
const outside = join(base, "outside-of-it");
mkdirSync(join(root, "rover", "meshes"), { recursive: true });
mkdirSync(outside);
writeFileSync(join(outside, "secret.txt"), "SECRET");
writeFileSync(join(base, "served-too.txt"), "SECRET");
writeFileSync(join(root, "robot.urdf"), "inside robot");
writeFileSync(join(root, ".hidden"), "SECRET");
writeFileSync(join(root, "empty.bin"), "");
writeFileSync(join(root, "rover", "meshes", "arm 1.stl"), "inside arm");
writeFileSync(join(root, "rover", "größe.txt"), "inside size");
symlinkSync("robot.urdf", join(root, "alias.urdf"));
symlinkSync("../robot.urdf", join(root, "rover", "up.urdf"));
symlinkSync(join(outside, "secret.txt"), join(root, "leak.txt"));
symlinkSync(join(outside, "nothing.txt"), join(root, "dangling.txt"));
symlinkSync(outside, join(root, "leak"));
symlinkSync("leak", join(root, "rover", "leak"));
symlinkSync("../leak", join(root, "rover", "chain"));
symlinkSync("loop", join(root, "loop"));

function fetch(uri: string, options: AssetFolderOptions = {}, folder = root): Promise<Uint8Array> {
  return assetFolder(folder, options)(uri, { signal: new AbortController().signal });
}

async function text(uri: string, options?: AssetFolderOptions, folder?: string): Promise<string> {
  return new TextDecoder().decode(await fetch(uri, options, folder));
}

async function failure(uri: string, options?: AssetFolderOptions, folder?: string): Promise<AssetError> {
  const error = await fetch(uri, options, folder).then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof AssetError) return error;
  throw new Error(`expected an AssetError for ${JSON.stringify(uri)}, got ${String(error)}`);
}

describe("a folder of assets", () => {
  it("serves its files by package:// and by relative URIs, percent-encoded or not", async () => {
    assert.equal(await text("package://robot.urdf"), "inside robot");
    assert.equal(await text("robot.urdf"), "inside robot");
    assert.equal(await text("package://rover/meshes/arm%201.stl"), "inside arm");
    assert.equal(await text("rover/meshes/arm 1.stl"), "inside arm");
    assert.equal(await text("rover%2Fmeshes/arm%201.stl"), "inside arm");
    assert.equal(await text("rover/gr%C3%B6%C3%9Fe.txt"), "inside size");
    assert.equal((await fetch("empty.bin")).byteLength, 0);
  });

  it("serves nothing without its prefix, and what follows it from the folder", async () => {
    const options = { prefix: "package://rover/" };
    assert.equal(await text("package://rover/meshes/arm%201.stl", options, join(root, "rover")), "inside arm");
    for (const uri of ["meshes/arm%201.stl", "package://other/robot.urdf", "package://rover", ""]) {
      assert.equal((await failure(uri, options)).reason, "refused", uri);
    }
    assert.equal((await failure("package://rover/../robot.urdf", options, join(root, "rover"))).reason, "refused");
  });

  it("follows links that stay in the folder", async () => {
    assert.equal(await text("alias.urdf"), "inside robot");
    assert.equal(await text("rover/up.urdf"), "inside robot");
  });

  it("may itself be reached by a link, which may be led elsewhere", async () => {
    const current = join(base, "current");
    const next = join(base, "next");
    symlinkSync(root, current);
    const assets = assetFolder(current);
    const { signal } = new AbortController();
    assert.equal(new TextDecoder().decode(await assets("robot.urdf", { signal })), "inside robot");
    symlinkSync(join(root, "rover"), next);
    renameSync(next, current);
    assert.equal((await assets("robot.urdf", { signal }).catch((error) => error)).reason, "missing");
    assert.equal(new TextDecoder().decode(await assets("meshes/arm 1.stl", { signal })), "inside arm");
  });

  it("says of what leads out of it what it says of what is not there", async () => {
    const absent = await failure("nothing.txt");
    assert.equal(absent.message, 'cannot serve the asset "nothing.txt": there is no such file in the folder');
    const leaks = ["leak.txt", "dangling.txt", "leak", "leak/secret.txt", "leak/nothing.txt", "rover/leak/secret.txt"];
    for (const uri of [...leaks, "rover/chain/secret.txt", "loop", "robot.urdf/x", "x".repeat(300)]) {
      const error = await failure(uri);
      assert.deepEqual([error.reason, error.detail], [absent.reason, absent.detail], uri);
    }
  });

  it("refuses every spelling of a way out, of another place, and of a hidden file", async () => {
    const climbs = [
      "..",
      "%2e%2e",
      "%2E.",
      "%252e%252e",
      ".%2e",
      "%25252e%25252e",
      "..%00",
      "...",
      ".. ",
      "%c0%ae%c0%ae",
    ];
    const spelled = climbs.flatMap((up) =>
      ["/", "%2f", "%252f", "\\", "%5c", "%255c"].flatMap((slash) => [
        `${up}${slash}served-too.txt`,
        `rover${slash}${up}${slash}${up}${slash}served-too.txt`,
        `package://${up}${slash}served-too.txt`,
      ])
    );
    const secret = join(outside, "secret.txt");
    const places = [
      secret,
      `/${secret}`,
      `package://${secret}`,
      `%2F${secret.slice(1)}`,
      `file://${secret}`,
      `FILE:${secret}`,
      `package:${secret}`,
      "http://localhost/robot.urdf",
      "C:\\Windows\\win.ini",
      "c:/Windows/win.ini",
      "package://C:/Windows/win.ini",
      "package://C%3A/Windows/win.ini",
      "\\\\server\\share\\x",
      "//server/share/x",
      "robot.urdf::$DATA",
      "robot.urdf\0.png",
      "robot.urdf%00.png",
      "robot.urdf\n",
      ".hidden",
      "%2ehidden",
      "./robot.urdf",
      "rover//meshes",
      "rover/",
      "/",
      "",
      "package://",
      "%",
      "%zz",
      "%ff",
      "a".repeat(3000),
    ];
    for (const uri of [...spelled, ...places]) {
      const error = await failure(uri);
      assert.equal(error.reason, "refused", uri);
      assert.isFalse(error.detail.includes(base), error.detail);
    }
  });

  it("never gives what is outside, nor says anything of it, whatever the URI is made of", async () => {
    const piece = fc.constantFrom(
      ..."|.|..|...|%2e|%2e%2e|%252e|%c0%ae|/|//|%2f|%252f|\\|%5c|\0|%00|C:|file:|package:|package://|~|leak|rover"
        .split("|"),
      ..."secret.txt|served-too.txt|served|outside-of-it|robot.urdf|.hidden|alias.urdf|chain|loop|proc|self|root".split(
        "|",
      ),
      base,
      outside,
    );
    const uris = fc.oneof(fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")), fc.string());
    const joined = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("/"));
    await fc.assert(
      fc.asyncProperty(fc.oneof(uris, joined), fc.constantFrom(undefined, "package://", ""), async (uri, prefix) => {
        const given = await text(uri, prefix === undefined ? {} : { prefix }).catch((error: unknown) => error);
        if (typeof given === "string") return assert.match(given, /^(inside|$)/);
        assert.instanceOf(given, AssetError);
        const said = given.message.replace(JSON.stringify(given.uri), "");
        for (const word of [base, "outside", "SECRET", "ENOENT"]) assert.isFalse(said.includes(word), said);
      }),
      { numRuns: 3000 },
    );
  });

  it("judges the file that was opened, not the name that led to it", async () => {
    const handle = await open(join(outside, "secret.txt"));
    const inside = await open(join(root, "robot.urdf"));
    try {
      for (const openFiles of ["/proc/self/fd", join(base, "no such system")]) {
        assert.isFalse(await wasOpenedWithin(root, handle, join(root, "robot.urdf"), openFiles));
        assert.isFalse(await wasOpenedWithin(root, handle, join(root, "leak.txt"), openFiles));
        assert.isTrue(await wasOpenedWithin(root, inside, join(root, "robot.urdf"), openFiles));
      }
    } finally {
      await handle.close();
      await inside.close();
    }
  });

  it("gives the inside or nothing while a folder is exchanged for a link all the time", async () => {
    const swapped = join(root, "swapped");
    const parked = join(root, "parked");
    mkdirSync(swapped);
    writeFileSync(join(swapped, "secret.txt"), "inside real");
    let done = false;
    const swap = async () => {
      while (!done) {
        renameSync(swapped, parked);
        symlinkSync(outside, swapped);
        await new Promise((resolve) => setImmediate(resolve));
        unlinkSync(swapped);
        renameSync(parked, swapped);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const swapping = swap();
    const given = new Set<string>();
    for (let turn = 0; turn < 1000; turn += 1) {
      given.add(await text("swapped/secret.txt").catch((error: AssetError) => error.reason));
    }
    done = true;
    await swapping;
    assert.includeMembers(["inside real", "missing", "unreadable"], [...given]);
  });

  it("refuses folders, pipes and devices without waiting for them", async () => {
    assert.equal((await failure("rover")).reason, "not-a-file");
    execFileSync("mkfifo", [join(root, "pipe")]);
    assert.equal((await failure("pipe")).reason, "not-a-file");
    assert.equal((await failure("null", {}, "/dev")).reason, "not-a-file");
  });

  it("refuses a file above its bound, and serves one right at it", async () => {
    assert.equal(await text("robot.urdf", { maxBytes: 12 }), "inside robot");
    const error = await failure("robot.urdf", { maxBytes: 11 });
    assert.equal(error.message, 'cannot serve the asset "robot.urdf": it has 12 bytes, and 11 may be served');
    const large = join(root, "large.bin");
    writeFileSync(large, "");
    truncateSync(large, 16 * 1024 * 1024 - 10);
    assert.equal((await fetch("large.bin")).byteLength, 16 * 1024 * 1024 - 10);
    truncateSync(large, 16 * 1024 * 1024 - 9);
    assert.equal((await failure("large.bin")).reason, "too-large");
  });

  it("stops reading when the viewer has left", async () => {
    const stopped = new AbortController();
    stopped.abort();
    const error = await assetFolder(root)("robot.urdf", stopped).catch((thrown: unknown) => thrown);
    assert.instanceOf(error, AssetError);
  });

  it("serves a hard link as the file of the folder that it is", async () => {
    linkSync(join(root, "robot.urdf"), join(root, "hard.urdf"));
    assert.equal(await text("hard.urdf"), "inside robot");
  });

  it("is refused at the start when it is no folder, or its bound none", () => {
    for (const folder of [join(base, "nowhere"), join(root, "robot.urdf")]) {
      assert.throws(() => assetFolder(folder), ConfigurationError, "is no folder");
    }
    for (const maxBytes of [0, -1, 1.5, NaN, 16 * 1024 * 1024]) {
      assert.throws(() => assetFolder(root, { maxBytes }), ConfigurationError, '"maxBytes" must be');
    }
  });
});
