/**
 * Ready-made pieces that need a file system, for devices on Node, Bun and Deno: a folder as assets
 * ({@linkcode assetFolder}), parameters kept in a file ({@linkcode parameterFile}), a recording that viewers play, pause
 * and seek ({@linkcode Player}).
 *
 * @example
 * ```ts
 * import { Context, Gateway, ParameterStore } from "@fieldlink/fieldlink";
 * import { assetFolder, parameterFile } from "@fieldlink/fieldlink/files";
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 *
 * async function serve(transport: Transport) {
 *   await using parameters = await ParameterStore.open({
 *     parameters: [{ name: "max_speed", value: 1.5 }],
 *     persistence: parameterFile("rover.json"),
 *   });
 *   const assets = assetFolder("assets");
 *   await using gateway = await Gateway.start({ name: "rover", context: new Context(), transport, parameters, assets });
 *   await gateway.ended();
 * }
 * console.log(serve);
 * ```
 *
 * @module
 */
export { AssetError, type AssetErrorFields, type AssetErrorReason } from "./asset_error.ts";
export { assetFolder, type AssetFolderHandler, type AssetFolderOptions, type AssetRequest } from "./asset_folder.ts";
export {
  parameterFile,
  ParameterFileError,
  type ParameterFileErrorFields,
  type ParameterFileErrorReason,
  type ParameterFileOptions,
} from "./parameter_file.ts";
export { PlaybackRefused, type PlaybackRefusedFields } from "./player/playback_refused.ts";
export { Player } from "./player/player.ts";
export type { PlayerOptions } from "./player/player_options.ts";
export { SourceError, type SourceErrorFields, type SourceErrorReason } from "./source/errors.ts";
