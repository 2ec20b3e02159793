# shellcheck shell=bash
# Sourced by scripts/setup: makes `voice-coach` a command by a link in ~/.local/bin, and takes the link back.

# Prints the path of the link.
link_path() { printf '%s\n' "${HOME%/}/.local/bin/voice-coach"; }

# is_our_link PROGRAM: whether the link leads to PROGRAM.
is_our_link() { [[ -L $(link_path) && $(readlink "$(link_path)") == "$1" ]]; }

# Whether the link leads nowhere because the project's folder was moved or deleted.
is_dead_link() {
  local link
  link=$(link_path)
  [[ -L $link && ! -e $link && $(readlink "$link") == */.venv/bin/voice-coach ]]
}

# link_command PROGRAM: makes the link, unless something else has its name; a link that cannot be made ends nothing.
link_command() {
  local link
  if [[ -z ${HOME-} ]] || is_our_link "$1"; then return; fi
  link=$(link_path)
  if [[ -e $link || -L $link ]] && ! is_dead_link; then
    say "$link is not of this project and stays as it is; start the coach with $1."
    return
  fi
  if ! { mkdir -p "$(dirname "$link")" && ln -sfn "$1" "$link"; } 2>/dev/null; then
    say "No link could be made in $(dirname "$link"); start the coach with $1."
    return
  fi
  say "voice-coach is a command now, by the link $link; scripts/setup --unlink removes it."
  if [[ :$PATH: != *:"$(dirname "$link")":* ]]; then
    say "That folder is not in your PATH yet. Log in again, or run: export PATH=\"\$HOME/.local/bin:\$PATH\""
  fi
}

# unlink_command PROGRAM: removes the link, if it leads to PROGRAM.
unlink_command() {
  local link
  link=$(link_path)
  if is_our_link "$1"; then
    rm "$link"
    say "The link $link is removed."
  elif [[ -e $link || -L $link ]]; then
    say "$link is not of this project and stays as it is."
  else
    say "There is no link $link."
  fi
}

# what_to_try PROGRAM: says the three commands to try, as this shell finds them.
what_to_try() {
  local name=voice-coach
  if [[ $(command -v voice-coach) -ef $1 ]]; then :; else name=.venv/bin/voice-coach; fi
  say "Try:"
  printf '  %s\n' \
    "$name demo      watch it at work for forty seconds" \
    "$name start     your own mask: by voice, or by keys" \
    "$name doctor    whether microphone and speaker are ready" >&2
}
