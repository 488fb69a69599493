/**
 * Texts of a server or of livekit-client, without what nobody is to read in a log or an error.
 */

/** An access token: three parts of base64url, of which the first two are JSON objects; one that was cut short counts. */
const tokens = /\beyJ[\w-]+\.(?:eyJ[\w-]*)?(?:\.[\w-]*)?/g;

/** User and password of a URL. */
const credentials = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi;

/** The text without access tokens, the refused one of which a server repeats, and without the credentials of URLs. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(tokens, "(token)").replaceAll(credentials, "$1");
}
