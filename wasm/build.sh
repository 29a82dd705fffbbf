#!/usr/bin/env bash
# Builds the browser module and lays out the npm package: wasm/pkg/{jiesu_wasm.js,jiesu_wasm_bg.wasm}.
#
#   wasm/build.sh            the module and what it needs
#   wasm/build.sh browser    only what the browser tests need (Debian's Chromium, Chinese fonts)
#   wasm/build.sh tools      only the tools
#
# Idempotent and quiet when nothing is to do. Tools live in $JIESU_TOOLS (default: .tools in the repository, git-ignored).
# std is built with the module where its source is there or `rustup component add rust-src` works; else the wasm32 target of rustup is
# taken as it is; else Debian's compiler with a std built once from Debian's source (needs root for apt).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
tools=${JIESU_TOOLS:-$root/.tools}
mkdir -p "$tools"
toolchain=$tools/wasm-toolchain
target=wasm32-unknown-unknown
std=lib/rustlib/$target/lib

say() { printf 'wasm: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

apt_need() {
  local missing=() p
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "needs these packages, and there is no apt-get: ${missing[*]}"
  say "installing ${missing[*]}"
  [ -n "${apt_updated:-}" ] || { apt-get update -qq >&2; apt_updated=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$tools/apt.log" 2>&1 ||
    { tail -n 20 "$tools/apt.log" >&2; die "apt-get failed"; }
}

# The version of a package in Cargo.lock: the command line tool of wasm-bindgen must match its crate exactly.
locked() { awk -v want="name = \"$1\"" '$0 == want { getline; gsub(/version = |"/, ""); print; exit }' "$root/Cargo.lock"; }

# Builds std for wasm32 with Debian's compiler and lays it out as a toolchain directory.
debian_toolchain() {
  # rust-web-src holds std's own dependencies, so nothing is fetched. /usr/bin/rust-lld dangles until the lld of the same LLVM is there.
  apt_need rustc-web cargo-web rust-web-src rust-web-llvm
  apt_need "lld-$(readlink /usr/bin/rust-lld | sed 's/.*lld-//')"
  local version work
  version="$(/usr/bin/rustc -V), for size"
  [ "$(cat "$toolchain/stamp" 2>/dev/null)" = "$version" ] && return 0
  say "building std for $target with $version (once, about a minute)"
  work=$tools/std-build
  rm -rf "$toolchain" "$work"
  mkdir -p "$toolchain/bin" "$toolchain/$std" "$work/src"
  printf '[package]\nname = "stdbuild"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[profile.release]\nopt-level = 3\ncodegen-units = 1\n' >"$work/Cargo.toml"
  : >"$work/src/lib.rs"
  # RUSTC_BOOTSTRAP for std alone: with it build scripts take the compiler for a nightly. Bitcode, for link-time optimisation.
  (cd "$work" && env -u RUSTUP_TOOLCHAIN RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$work/target" \
    /usr/bin/cargo build -q --release --target $target -Z build-std=std,panic_abort,proc_macro,test -Z build-std-features=optimize_for_size)
  cp "$work"/target/$target/release/deps/lib*.rlib "$toolchain/$std/"
  rm -f "$toolchain/$std"/libstdbuild-*.rlib
  # Build scripts and procedural macros use the host's std.
  ln -s /usr/lib/rustlib/x86_64-unknown-linux-gnu "$toolchain/lib/rustlib/"
  for b in rustc rustdoc; do
    printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' $b "$toolchain" >"$toolchain/bin/$b"
    chmod +x "$toolchain/bin/$b"
  done
  ln -s /usr/bin/cargo "$toolchain/bin/cargo"
  rm -rf "$work"
  echo "$version" >"$toolchain/stamp"
}

# Whether this compiler can build std anew, for size and without panic messages: a module has nowhere to print them.
can_build_std() {
  [ -f "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/Cargo.lock" ] &&
    RUSTC_BOOTSTRAP=1 rustc -Z unstable-options -C panic=immediate-abort --target $target --print cfg >/dev/null 2>&1
}

# Sets `wcargo` to a cargo that can build for wasm32, and `wflags` to what its build needs besides.
choose_toolchain() {
  if [ ! -f "$toolchain/stamp" ]; then
    can_build_std || { command -v rustup >/dev/null && timeout 120 rustup -q component add rust-src >/dev/null 2>&1; } || true
    if can_build_std; then
      # The flags are unstable, so build scripts here do take the compiler for a nightly; the golden answers are tested on the result.
      wcargo=(env RUSTC_BOOTSTRAP=1 "RUSTFLAGS=-Z unstable-options -C panic=immediate-abort" cargo)
      wflags=(-Z build-std=std,panic_abort -Z build-std-features=optimize_for_size)
      return 0
    fi
    say "no source of std for this compiler: the module will be larger"
    if [ -d "$(rustc --print sysroot 2>/dev/null)/$std" ]; then return 0; fi
    if command -v rustup >/dev/null && timeout 60 rustup -q target add $target >/dev/null 2>&1; then return 0; fi
  fi
  debian_toolchain
  wcargo=(env -u RUSTUP_TOOLCHAIN -u RUSTC "PATH=$toolchain/bin:$PATH" cargo)
}

bindgen_tool() {
  local version
  version=$(locked wasm-bindgen)
  [ -n "$version" ] || die "wasm-bindgen is not in Cargo.lock"
  [ "$("$tools/bin/wasm-bindgen" --version 2>/dev/null)" = "wasm-bindgen $version" ] && return 0
  say "building wasm-bindgen-cli $version (once, about two minutes)"
  # Without its default features it has no TLS stack, which only remote web drivers need. --locked would pin crates we do not need.
  (cd "$tools" && CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_TARGET_DIR="$tools/cli-target" \
    cargo install -q wasm-bindgen-cli --version "=$version" --no-default-features --root "$tools")
  rm -rf "$tools/cli-target"
}

npm_tools() {
  command -v node >/dev/null || apt_need nodejs npm
  cmp -s "$here/package-lock.json" "$here/node_modules/.jiesu-lock" && return 0
  say "npm ci"
  (cd "$here" && npm ci --silent --no-audit --no-fund >&2)
  cp "$here/package-lock.json" "$here/node_modules/.jiesu-lock"
}

build_module() {
  local out=$here/pkg wasm=$root/target/wasm/$target/wasm/jiesu_wasm.wasm
  # A target directory of its own: the compiler may be another one than the rest of the workspace uses.
  (cd "$root" && CARGO_TARGET_DIR="$root/target/wasm" "${wcargo[@]}" build -q --locked --profile wasm --target $target -p jiesu-wasm "${wflags[@]}")
  if [ "$out/jiesu_wasm_bg.wasm" -nt "$wasm" ] && [ "$out/jiesu_wasm.js" -nt "$here/build.sh" ]; then return 0; fi
  say "binding and optimising"
  rm -rf "$out.part"
  "$tools/bin/wasm-bindgen" --target web --no-typescript --out-dir "$out.part" "$wasm"
  # binaryen of npm: Debian 12's wasm-opt (108) breaks the module without a word. The tests load the optimised file.
  "$here/node_modules/.bin/wasm-opt" -O3 --strip-debug --strip-producers "$out.part/jiesu_wasm_bg.wasm" -o "$out.part/o.wasm"
  mv "$out.part/o.wasm" "$out.part/jiesu_wasm_bg.wasm"
  rm -rf "$out" && mv "$out.part" "$out"
  touch "$out"/*
  say "pkg/jiesu_wasm_bg.wasm: $(stat -c%s "$out/jiesu_wasm_bg.wasm") bytes, $(gzip -9c "$out/jiesu_wasm_bg.wasm" | wc -c) gzip"
}

# The page's bundle, a copy inside the package.
page_bundle() {
  local from=$root/models/beijing-slim.jiesu to=$here/bundle/slim.jiesu
  cmp -s "$from" "$to" && return 0
  mkdir -p "$here/bundle"
  cp "$from" "$to"
  say "bundle/slim.jiesu: $(stat -c%s "$to") bytes, $(gzip -9c "$to" | wc -c) gzip"
}

wcargo=(cargo)
wflags=()
case ${1:-all} in
browser) apt_need chromium fonts-noto-cjk ;;
tools)
  choose_toolchain
  bindgen_tool
  npm_tools
  ;;
all)
  choose_toolchain
  bindgen_tool
  npm_tools
  build_module
  page_bundle
  ;;
*) die "usage: wasm/build.sh [tools|browser]" ;;
esac
