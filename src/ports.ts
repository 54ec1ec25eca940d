/** The outside world as types: what the program may ask of the process, the terminal, the network and other programs. */
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
  /** Lower-case names; every value a list, for the sake of set-cookie. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request through the proxy and with the certificate authorities of the environment.
 * Throws GauthError NETWORK, TLS, PROXY or TIMEOUT; CANCELLED when the signal fires.
 */
export type Http = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** A choice among many: the label is shown and searched, the detail stands dimmed beside it. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly detail?: string;
  /** Shown greyed with this reason, and cannot be chosen. */
  readonly disabled?: string;
}

/** The person at the controlling terminal. Every question ends by an answer, GauthError CANCELLED (Ctrl-C, Ctrl-D) or NOT_INTERACTIVE. */
export interface Terminal {
  /** Whether anybody can be asked at all. */
  available(): Promise<boolean>;
  /** Asks for one visible line. `label` is printed as it stands; `initial` may be taken over by Enter. */
  ask(label: string, options: { readonly initial?: string; readonly signal: AbortSignal }): Promise<string>;
  /** Asks for one line that is not echoed. */
  askSecret(label: string, options: { readonly signal: AbortSignal }): Promise<Secret>;
  /** Asks for something long that is pasted, perhaps of several lines, and not echoed. */
  paste(label: string, options: { readonly signal: AbortSignal }): Promise<Secret>;
  /**
   * Offers a list that can be searched by typing, or by number on a dumb terminal. `label` names what is chosen and
   * becomes a part of the question: "the role to assume".
   */
  choose<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    options: { readonly signal: AbortSignal },
  ): Promise<Value>;
  /** The same for several, at least one, in the order of the list. */
  chooseSeveral<Value>(
    label: string,
    choices: readonly Choice<Value>[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly Value[]>;
  /** The columns in which large digits can be drawn from blocks; 0 where they would not be read well: TERM=dumb, NO_COLOR, no UTF-8. */
  largeDigitColumns(): Promise<number>;
  /** Shows a picture (JPEG, PNG, GIF); false where this terminal cannot, or not this picture. */
  picture(image: Uint8Array, options: { readonly signal: AbortSignal }): Promise<boolean>;
}

/** Standard input, which is for data: a password line, an assertion. */
export interface Input {
  readonly isTerminal: boolean;
  /** The next line without its line end (LF or CRLF), or undefined at the end of input. */
  readLine(signal: AbortSignal): Promise<Secret | undefined>;
  /** All that is left, at most `limit` bytes (GauthError BAD_OPTION beyond that). */
  readAll(limit: number, signal: AbortSignal): Promise<Secret>;
}

/** Where text goes. Writing to a closed pipe is quiet. */
export interface Output {
  readonly isTerminal: boolean;
  /** How wide the terminal is; undefined where it is none, or does not tell. */
  readonly columns?: number | undefined;
  write(text: string): void;
}

export type LogLevel = 'debug' | 'info' | 'warn';

/** Lines for the person who looks for a fault; never given a secret. Goes to standard error. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/**
 * The operating system's keychain. Each call throws GauthError KEYCHAIN where there is none to use, and CANCELLED when the
 * run's signal fires, or the one given.
 */
export interface Keychain {
  get(service: string, account: string, signal?: AbortSignal): Promise<Secret | undefined>;
  set(service: string, account: string, secret: Secret, signal?: AbortSignal): Promise<void>;
  /** Deleting what is not there is no error. */
  delete(service: string, account: string, signal?: AbortSignal): Promise<void>;
}

/** What became of a command: undefined as its status means that a signal ended it. */
export interface CommandResult {
  readonly status: number | undefined;
  readonly stdout: Secret;
}

/**
 * Runs a command line of the person's by the platform's shell, with nothing on its standard input and its standard
 * error passed through, for at most `limit` milliseconds. Throws GauthError COMMAND_FAILED where it cannot be started,
 * TIMEOUT, CANCELLED.
 */
export type RunCommand = (
  line: string,
  options: { readonly limit: number; readonly signal: AbortSignal },
) => Promise<CommandResult>;

/** What the browser sends without being asked (Chrome DevTools Protocol). */
export interface BrowserEvent {
  readonly method: string;
  readonly params: unknown;
  /** The page it is about. */
  readonly session: string | undefined;
}

/** How a browser ended that nobody here had closed: in order, by itself, or it runs on and speaks to us no more. */
export type BrowserEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'crashed'; readonly how: string }
  | { readonly kind: 'silent' };

/** A browser of the person's that runs. */
export interface RunningBrowser {
  /** The program that was started. */
  readonly path: string;
  /** Whether a person can see its windows. */
  readonly hasDisplay: boolean;
  /** What the proxy wants to know, where the address of the proxy holds it. */
  readonly proxyLogin: { readonly username: string; readonly password: Secret } | undefined;
  readonly end: Promise<BrowserEnd>;
  /** Resolves with the answer's result. Throws GauthError BROWSER_FAILED for an error or a lost connection, TIMEOUT. */
  command(method: string, params?: object, session?: string): Promise<unknown>;
  listen(listener: (event: BrowserEvent) => void): void;
}

export interface BrowserRequest {
  /** The program to start; undefined for the first one found among those installed. */
  readonly path: string | undefined;
  /** The person's own switches. */
  readonly args: readonly string[];
  /** The private profile: an absolute path, made when it is missing. */
  readonly folder: string;
  /** How long to wait for another run on the same profile, milliseconds. */
  readonly waitMs: number;
}

/**
 * Starts the person's browser without a window, for as long as `work` lasts. One run a profile: others wait. However `work` ends,
 * no process and no port is left, and what a killed run left is cleared away first.
 * Throws what `work` throws; GauthError BROWSER_MISSING, BROWSER_FAILED, LOCKED, TIMEOUT, FILE, PROXY; CANCELLED when the signal fires.
 */
export interface Browser {
  /** Whether there is a browser, and a display on which a person sees it. */
  isAvailable(path: string | undefined): Promise<boolean>;
  use<Result>(
    request: BrowserRequest,
    signal: AbortSignal,
    work: (browser: RunningBrowser) => Promise<Result>,
  ): Promise<Result>;
}

/** How a program ended that ran in gauth's place; the status as a shell tells it, 128 + n where a signal ended the program. */
export type ProgramResult =
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-runnable'; readonly reason: string };

/** Other programs, beside the browser that is steered and the commands whose output is wanted. */
export interface Programs {
  /**
   * Runs a program without a shell, its arguments as they are: it has the terminal, the standard streams and the signals.
   * Throws GauthError CANCELLED for a signal that comes before it runs.
   */
  execute(command: readonly [program: string, ...args: string[]], env: Environment): Promise<ProgramResult>;
  /**
   * Shows a web page in the person's browser; the address stands in no command line. False where no browser took it.
   * Throws GauthError CANCELLED when the signal fires.
   */
  browse(address: Secret, signal: AbortSignal): Promise<boolean>;
  /** The names of the processes above this one, the parent first; empty where the system does not tell. */
  ancestors(): Promise<readonly string[]>;
}

export interface Clock {
  now(): Date;
  /** Resolves after so many milliseconds; throws GauthError CANCELLED when the signal fires. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The whole outside world. Functions ask for the slice they use. */
export interface System {
  readonly env: Environment;
  /** The person's home folder, absolute. */
  readonly home: string;
  /** The working folder, absolute. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  /** What starts this very program, for other programs: the absolute paths of node and of the script. */
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
  /** Fires at SIGINT, SIGTERM and SIGHUP, with GauthError CANCELLED as its reason. At a question, Ctrl-C ends the question instead. */
  readonly signal: AbortSignal;
}
