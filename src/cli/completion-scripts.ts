/** Completion in four shells: the script that asks gauth, how it hands over the words, and how it wants the answer. Pure. */
import type { Candidate, COMPLETION_SHELLS } from './completion.ts';

/** bash hands over the line as it is typed, because it takes words with : and = apart; and the end that it would replace. */
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

/** Windows PowerShell loses an empty word on the way to a program, so that the last one has a sign before it. */
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

interface Asking {
  readonly script: string;
  /** The words behind gauth, the last one being typed, from what the script hands over. */
  readonly words: (handed: readonly string[]) => readonly string[];
  /** A line for each candidate. */
  readonly line: (candidate: Candidate, handed: readonly string[]) => string;
}

const withAbout = ({ value, about }: Candidate): string => `${value}\t${about === '' ? value : about}`;

export const COMPLETIONS = {
  bash: {
    script: BASH,
    words: ([line = '']) => splitLine(line).words.slice(1),
    line({ value }, [line = '', replaced = '']) {
      const { words, quote } = splitLine(line);
      const typed = words.at(-1) ?? '';
      // What stands before the last : or = stays, and is not to be repeated.
      const rest = typed.endsWith(replaced) ? value.slice(typed.length - replaced.length) : value;
      return quotedFor(quote, rest);
    },
  },
  zsh: { script: ZSH, words: (handed) => handed, line: withAbout },
  fish: { script: FISH, words: (handed) => lastWith(unquoted, handed), line: withAbout },
  powershell: {
    script: POWERSHELL,
    words: (handed) => lastWith((word) => unquoted(word.slice(1)), handed),
    line: withAbout,
  },
} as const satisfies Readonly<Record<(typeof COMPLETION_SHELLS)[number], Asking>>;

/** Text as bash has it within a quote that is open, or without one: nothing in it is expanded. Empty if it cannot be written. */
function quotedFor(quote: string, text: string): string {
  // Even there, ! is history expansion, and a backslash before it stays: there is no way to write it.
  if (quote === '"') return text.includes('!') ? '' : text.replace(/[$`"\\]/g, String.raw`\$&`);
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`);
  return text.replace(/[^\w@%+=:,./-]/g, String.raw`\$&`);
}

function lastWith(change: (word: string) => string, words: readonly string[]): readonly string[] {
  return [...words.slice(0, -1), change(words.at(-1) ?? '')];
}

/** A word as it is typed, of which the closing quote may be missing still. */
function unquoted(word: string): string {
  return word.replace(/^['"]/, '').replace(/\\(.)/g, '$1');
}

/** A line up to the cursor, taken apart as POSIX shells do; assignments before the command are left out. */
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
