/** The ports: interfaces of everything outside the program, such as terminal, network, keychain and browser. */
import type { Secret } from './secret.ts';

/** One HTTP exchange: no redirects, no cookies, no retries. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; each value is a list, because of set-cookie. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request through the proxy and with the certificate authorities of the environment.
 * Throws GauthError NETWORK, TLS, PROXY or TIMEOUT; CANCELLED when the signal fires.
 */
export type Http = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** An item of a list. Label and detail are shown and searched. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly detail?: string;
  /** Shown greyed with this reason, and cannot be chosen. */
  readonly disabled?: string;
}

/** The controlling terminal. Every prompt returns an answer or throws GauthError CANCELLED (Ctrl-C, Ctrl-D) or NOT_INTERACTIVE. */
export interface Terminal {
  /** Set if a program waits for the credentials: no prompt that takes the user long. */
  readonly onlyShortPrompts?: boolean;
  /** Whether gauth can prompt. */
  available(): Promise<boolean>;
  /**
   * Reads one visible line. `label` is printed unchanged; Enter accepts `initial`. `bell` rings first. `refresh` returns the last
   * line of the label as it is now, and is called once per second.
   */
  ask(
    label: string,
    options: {
      readonly initial?: string;
      readonly bell?: boolean;
      readonly refresh?: () => string;
      readonly signal: AbortSignal;
    },
  ): Promise<string>;
  /** Reads one line without echo. */
  askSecret(label: string, options: { readonly signal: AbortSignal }): Promise<Secret>;
  /** Reads long pasted text, which may have several lines, without echo. */
  paste(label: string, options: { readonly signal: AbortSignal }): Promise<Secret>;
  /**
   * Shows a searchable list, or a numbered one on a dumb terminal. `label` is part of the prompt and says what is chosen: "the role
   * to assume". `first` moves one choice to the top of the searchable list; it keeps its number.
   */
  choose<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    options: { readonly first?: Value | undefined; readonly signal: AbortSignal },
  ): Promise<Value>;
  /** The same for one or more items, returned in the order of the list. */
  chooseSeveral<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly Value[]>;
  /** The columns for large digits made of block characters; 0 if they should not be drawn: TERM=dumb, NO_COLOR, no UTF-8. */
  largeDigitColumns(): Promise<number>;
  /** Shows an image (JPEG, PNG, GIF). Returns false if the terminal cannot show it. */
  picture(image: Uint8Array, options: { readonly signal: AbortSignal }): Promise<boolean>;
}

/** Standard input, which is for data: a password line, an assertion. */
export interface Input {
  readonly isTerminal: boolean;
  /** The next line without its line end (LF or CRLF), or undefined at the end of input. */
  readLine(signal: AbortSignal): Promise<Secret | undefined>;
  /** The rest of the input. Throws GauthError BAD_OPTION if it has more than `limit` bytes. */
  readAll(limit: number, signal: AbortSignal): Promise<Secret>;
}

/** An output stream. Output to a closed pipe is silently dropped. */
export interface Output {
  readonly isTerminal: boolean;
  /** The width of the terminal; undefined if it is not a terminal or the width is unknown. */
  readonly columns?: number | undefined;
  write(text: string): void;
}

export type LogLevel = 'debug' | 'info' | 'warn';

/** Log messages on standard error. They never contain secrets. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  /** `hints` say what to do, one line each, as in errors. */
  warn(message: string, hints?: readonly string[]): void;
}

/**
 * The system keychain. Each call throws GauthError KEYCHAIN if it cannot be used, and CANCELLED when the run's signal or the
 * passed signal fires.
 */
export interface Keychain {
  get(service: string, account: string, signal?: AbortSignal): Promise<Secret | undefined>;
  set(service: string, account: string, secret: Secret, signal?: AbortSignal): Promise<void>;
  /** Deleting a missing entry is not an error. */
  delete(service: string, account: string, signal?: AbortSignal): Promise<void>;
}

/** The result of a command. The status is undefined if a signal ended it. */
export interface CommandResult {
  readonly status: number | undefined;
  readonly stdout: Secret;
}

/**
 * Runs a command that the user configured in the platform's shell, with empty standard input and with gauth's standard error, for at
 * most `limit` milliseconds. Throws GauthError COMMAND_FAILED if it cannot be started, TIMEOUT, CANCELLED.
 */
export type RunCommand = (
  line: string,
  options: { readonly limit: number; readonly signal: AbortSignal },
) => Promise<CommandResult>;

/** A request of a browser to AWS's assertion consumer service. */
export interface ConsumerRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

export interface ConsumerAnswer {
  /** The SAML response, if the request had one. */
  readonly response: Secret | undefined;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a browser ended before it had sent a SAML response: its user closed it, or it crashed. */
export type BrowserEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'crashed'; readonly how: string }
  /** The certificate of gauth's endpoint was refused. */
  | { readonly kind: 'untrusting' };

export interface BrowserVisit {
  /** Where the sign-in begins. */
  readonly url: URL;
  /** Whether without a window. */
  readonly hidden: boolean;
}

export type BrowserResult =
  | { readonly kind: 'received'; readonly response: Secret }
  | { readonly kind: 'ended'; readonly end: BrowserEnd };

/** A browser with a browser profile of gauth's own, which is not started yet. */
export interface ReadyBrowser {
  /** The program. */
  readonly path: string;
  /** Whether the user can see its windows. */
  readonly hasDisplay: boolean;
  /** Whether a sign-in with this browser profile has succeeded before. */
  readonly hasSession: boolean;
  /**
   * Starts the browser at the URL, and ends it when it has sent a SAML response or when the signal fires. Throws GauthError
   * BROWSER_MISSING, BROWSER_FAILED, LOCKED, FILE; CANCELLED when the signal fires.
   */
  visit(visit: BrowserVisit, signal: AbortSignal): Promise<BrowserResult>;
}

export interface BrowserRequest {
  /** The program to start, by its path or as the name of a browser; undefined for the default browser or the first installed one. */
  readonly path: string | undefined;
  /** Arguments that the user configured. */
  readonly args: readonly string[];
  /** The folder of the browser profile: an absolute path, created if it is missing. */
  readonly folder: string;
  /** Milliseconds to wait for another run that uses the same browser profile. */
  readonly waitMs: number;
  /** The hosts of AWS's assertion consumer service: requests to them go to gauth instead. */
  readonly consumerHosts: readonly string[];
  readonly answer: (request: ConsumerRequest) => ConsumerAnswer;
}

/**
 * The user's browser, as an ordinary program: nothing controls it. Runs with the same browser profile wait for each other. No process and
 * no port remains, and the remains of a killed run are removed first.
 * Throws what `work` throws; GauthError BROWSER_MISSING, LOCKED, FILE, PROXY, SERVER_FAILED; CANCELLED when the signal fires.
 */
export interface Browser {
  /** Why no browser can be used here: none found, or no display; undefined if one can. */
  whyUnavailable(path: string | undefined): Promise<string | undefined>;
  use<Result>(
    request: BrowserRequest,
    signal: AbortSignal,
    work: (browser: ReadyBrowser) => Promise<Result>,
  ): Promise<Result>;
}

/** A request to the loopback server. It has no body. */
export interface LoopbackRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Lower-case names; headers with several values are left out. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoopbackResponse {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

export type LoopbackAnswer = (request: LoopbackRequest) => Promise<LoopbackResponse>;

export interface LoopbackServer {
  readonly port: number;
  /** Stops listening, and closes all connections. */
  close(): Promise<void>;
}

/** How a program ended. The status is as in a shell: 128 + n if a signal ended the program. */
export type ProgramResult =
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-runnable'; readonly reason: string };

/** Other programs. */
export interface Programs {
  /**
   * Runs a program without a shell and with unchanged arguments; it has the terminal, the standard streams and the signals.
   * Throws GauthError CANCELLED for a signal that arrives before it runs.
   */
  execute(command: readonly [program: string, ...args: string[]], env: Environment): Promise<ProgramResult>;
  /**
   * Opens a URL in the user's browser without putting it on a command line. Returns false if no browser opened it.
   * Throws GauthError CANCELLED when the signal fires.
   */
  browse(url: Secret, signal: AbortSignal): Promise<boolean>;
  /** The names of the ancestors of this process, the parent first; empty if unknown. */
  ancestors(): Promise<readonly string[]>;
}

export interface Clock {
  now(): Date;
  /** Resolves after the milliseconds. Throws GauthError CANCELLED when the signal fires. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** All ports. Functions take only the ports that they use. */
export interface System {
  readonly env: Environment;
  /** The user's home folder, an absolute path. */
  readonly home: string;
  /** The working folder, an absolute path. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  /** The command that starts gauth, for other programs: the absolute paths of node and of the script. */
  readonly program: readonly string[];
  readonly input: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly http: Http;
  readonly keychain: Keychain;
  readonly run: RunCommand;
  readonly programs: Programs;
  readonly browser: Browser;
  /**
   * Starts an HTTP server on 127.0.0.1. On Linux it answers processes of this user only. Throws GauthError SERVER_FAILED.
   */
  readonly loopback: (answer: LoopbackAnswer) => Promise<LoopbackServer>;
  /** Fires at SIGINT, SIGTERM and SIGHUP, with GauthError CANCELLED as its reason. At a prompt, Ctrl-C ends the prompt instead. */
  readonly signal: AbortSignal;
}
