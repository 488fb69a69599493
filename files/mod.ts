/**
 * Ready-made pieces that need a file system, for devices on Node, Bun and Deno: a folder as assets
 * ({@linkcode assetFolder}).
 *
 * @example
 * ```ts
 * import { Context, Gateway } from "@fieldlink/fieldlink";
 * import { assetFolder } from "@fieldlink/fieldlink/files";
 * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
 *
 * const assets = assetFolder(".");
 * console.log(assets, Context, Gateway, LoopbackHub);
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
export { SourceError, type SourceErrorFields, type SourceErrorReason } from "./source/errors.ts";
