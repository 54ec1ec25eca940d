/** The file in a browser profile of gauth's own that says that a sign-in with it has succeeded. No browser uses this name. */
export const BROWSER_SESSION = 'gauth-session.json';
