/**
 * The shell function that `gauth shell` prints: it runs the lines of `gauth use` in this shell, and calls the program for
 * everything else. Pure.
 */
import type { COMPLETION_SHELLS } from './completion.ts';
import { COMPLETIONS } from './completion-scripts.ts';

/** The shells that can have the function. */
export type FunctionShell = (typeof COMPLETION_SHELLS)[number];

/** For bash and zsh. Help is for the user, not for eval. */
const POSIX = `gauth() {
  if [ "\${1-}" != use ]; then
    command gauth "$@"
    return
  fi
  shift
  case " $* " in
    *" -h "* | *" --help "*)
      command gauth use "$@"
      return
      ;;
  esac
  local gauth_lines
  gauth_lines="$(command gauth use --shell bash "$@")" || return
  eval "$gauth_lines"
}
`;

const FISH = `function gauth
    if test "$argv[1]" != use; or contains -- -h $argv; or contains -- --help $argv
        command gauth $argv
        return
    end
    set -l lines (command gauth use --shell fish $argv[2..])
    or return
    string join \\n -- $lines | source
end
`;

/** The program is looked up by kind, because the function has its name. */
const POWERSHELL = `function gauth {
  $program = Get-Command gauth -CommandType Application, ExternalScript | Select-Object -First 1
  if ("$($args[0])" -ne 'use' -or $args -contains '-h' -or $args -contains '--help') {
    if ($MyInvocation.ExpectingInput) { $input | & $program @args } else { & $program @args }
    return
  }
  $rest = @($args | Select-Object -Skip 1)
  $lines = & $program use --shell powershell @rest
  if ($LASTEXITCODE -eq 0) { $lines | Out-String | Invoke-Expression }
}
`;

const FUNCTIONS: Readonly<Record<FunctionShell, string>> = {
  bash: POSIX,
  zsh: POSIX,
  fish: FISH,
  powershell: POWERSHELL,
};

/** The line that loads the function, for the start-up file of the shell. */
export const LOADING_LINES: Readonly<Record<FunctionShell, string>> = {
  bash: 'eval "$(gauth shell bash)"',
  zsh: 'eval "$(gauth shell zsh)"',
  fish: 'gauth shell fish | source',
  powershell: 'gauth shell powershell | Out-String | Invoke-Expression',
};

/** The function, with the completion script below it. */
export function shellFunctions(shell: FunctionShell): string {
  const completion: string = COMPLETIONS[shell].script;
  // Without compinit, zsh has no completion.
  const loaded = shell === 'zsh' ? `if (( $+functions[compdef] )); then\n${completion}fi\n` : completion;
  return `# gauth: 'gauth use' for this shell, and completion. In its start-up file: ${LOADING_LINES[shell]}\n${FUNCTIONS[shell]}${loaded}`;
}
