/**
 * The completion scripts of four shells: each calls gauth with the words typed so far, and gauth prints completions in the
 * format of the shell. Pure.
 */
import type { Candidate, COMPLETION_SHELLS } from './completion.ts';

/** bash passes the line as typed, because it splits words at : and =, and the part that it would replace. */
const BASH = `# gauth: completion for bash. In ~/.bashrc: eval "$(gauth completion bash)"
_gauth() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(gauth completion bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}
complete -o bashdefault -o default -F _gauth gauth
`;

const ZSH = `#compdef gauth
# gauth: completion for zsh. In ~/.zshrc, behind compinit: eval "$(gauth completion zsh)"
_gauth() {
  local -a before values shown
  local line
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  for line in \${(f)"$(gauth completion zsh -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null)"}; do
    values+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  }")
  done
  if (( $#values )); then
    compadd -l -d shown -a values
  else
    _default
  fi
}
if [ "$funcstack[1]" = _gauth ]; then
  _gauth "$@"
else
  compdef _gauth gauth
fi
`;

const FISH = `# gauth: completion for fish. Once: gauth completion fish > ~/.config/fish/completions/gauth.fish
function __gauth_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l found (gauth completion fish -- $before[2..] "$current" 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c gauth -f -a '(__gauth_complete)'
`;

/** Windows PowerShell drops an empty argument, so the last one is prefixed with a character. */
const POWERSHELL = `# gauth: completion for PowerShell. In $PROFILE: gauth completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName gauth -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
    ForEach-Object {
      if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
  gauth completion powershell -- @before "=$wordToComplete" 2>$null | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    $text = if ($value -match '[^\\w%+=:./-]') { "'" + ($value -replace "['\\u2018-\\u201b]", '$0$0') + "'" } else { $value }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
  }
}
`;

interface ShellCompletion {
  readonly script: string;
  /** The words after gauth, the last one being typed, from the arguments of the script. */
  readonly words: (args: readonly string[]) => readonly string[];
  /** The line for a completion. */
  readonly line: (candidate: Candidate, args: readonly string[]) => string;
}

const lineWithDescription = ({ value, about }: Candidate): string =>
  `${value}\t${about === '' ? value : about}`;

export const COMPLETIONS = {
  bash: {
    script: BASH,
    words: ([line = '']) => splitLine(line).words.slice(1),
    line({ value }, [line = '', replaced = '']) {
      const { words, quote } = splitLine(line);
      const typed = words.at(-1) ?? '';
      // The text before the last : or = stays, and must not be repeated.
      const rest = typed.endsWith(replaced) ? value.slice(typed.length - replaced.length) : value;
      return escapeFor(quote, rest);
    },
  },
  zsh: { script: ZSH, words: (args) => args, line: lineWithDescription },
  fish: { script: FISH, words: (args) => changeLast(unquoted, args), line: lineWithDescription },
  powershell: {
    script: POWERSHELL,
    words: (args) => changeLast((word) => unquoted(word.slice(1)), args),
    line: lineWithDescription,
  },
} as const satisfies Readonly<Record<(typeof COMPLETION_SHELLS)[number], ShellCompletion>>;

/** Escapes text inside an open quote, or without one, so that bash expands nothing in it. Empty if that is impossible. */
function escapeFor(quote: string, text: string): string {
  // In double quotes, ! is history expansion, and a backslash before it stays: it cannot be escaped.
  if (quote === '"') return text.includes('!') ? '' : text.replace(/[$`"\\]/g, String.raw`\$&`);
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`);
  return text.replace(/[^\w@%+=:,./-]/g, String.raw`\$&`);
}

function changeLast(change: (word: string) => string, words: readonly string[]): readonly string[] {
  return [...words.slice(0, -1), change(words.at(-1) ?? '')];
}

/** A word as typed, whose closing quote may be missing. */
function unquoted(word: string): string {
  return word.replace(/^['"]/, '').replace(/\\(.)/g, '$1');
}

/** Splits a line up to the cursor like a POSIX shell. Assignments before the command are left out. */
function splitLine(line: string): { readonly words: readonly string[]; readonly quote: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const sign = line.charAt(index);
    if (quote === "'" && sign !== "'") word = (word ?? '') + sign;
    else if (sign === '\\') word = (word ?? '') + line.charAt((index += 1));
    else if (sign === quote) quote = '';
    else if (quote === '' && (sign === "'" || sign === '"')) {
      quote = sign;
      word ??= '';
    } else if (quote === '' && /\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + sign;
  }
  words.push(word ?? '');
  while (words.length > 1 && /^\w+=/.test(words[0] ?? '')) words.shift();
  return { words, quote };
}
