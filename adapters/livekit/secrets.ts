/**
 * Texts of a server or of livekit-client, without what nobody is to read in a log or an error.
 */

/** An access token: three parts of base64url, of which the first two are JSON objects; one that was cut short counts. */
const tokens = /\beyJ[\w-]+\.(?:eyJ[\w-]*)?(?:\.[\w-]*)?/g;

/** The text without access tokens: a server repeats the one that it refuses. */
export function withoutTokens(text: string): string {
  return text.replaceAll(tokens, "(token)");
}
