#!/usr/bin/env bash
# Packs what the benchmark of the GPU needs on a bare Linux machine without a network: `scripts/carry.sh OUT.tar.xz`, about 60 MB. In it:
# the sources, Node, the package webgpu, PyTorch's side as a script, Vulkan's loader where this machine has one, and run.sh.
set -euo pipefail
out=$(realpath -m "${1:?usage: scripts/carry.sh OUT.tar.xz}")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
to=$work/dnn-gpu
mkdir -p "$to/bin" "$to/lib" "$to/node_modules/webgpu/dist"
for folder in grammar compiler runtime project bench stdlib; do cp -R "$root/$folder" "$to/$folder"; done
rm -rf "$to/bench/peers/node_modules"
cp "$root/package.json" "$to/"
cp -L "$root/node_modules/node/bin/node" "$to/bin/node"
strip --strip-unneeded "$to/bin/node" 2>/dev/null || true
needed='const { packages } = require("./package-lock.json");
for (const [path, { dev, optional, devOptional }] of Object.entries(packages))
  if (path && !dev && !optional && !devOptional) console.log(path);'
(cd "$root" && node -e "$needed") | while read -r package; do
  mkdir -p "$to/$(dirname "$package")"
  cp -RL "$root/$package" "$to/$package"
done
webgpu=$root/node_modules/webgpu
cp -L "$webgpu"/{package.json,index.js,LICENSE.md} "$to/node_modules/webgpu/"
cp -LR "$webgpu/dist/linux-$(node -p process.arch)" "$to/node_modules/webgpu/dist/"
loader=$(ldconfig -p 2>/dev/null | sed -n 's/.*libvulkan\.so\.1 .*=> //p' | head -1)
if [ -n "$loader" ]; then cp -L "$loader" "$to/lib/libvulkan.so.1"; fi
cat > "$to/run.sh" <<'RUN'
#!/usr/bin/env bash
# Runs the benchmark where this file lies; arguments are those of bench/gpu.ts. The machine's own Vulkan loader is taken where it has one.
here=$(cd "$(dirname "$0")" && pwd)
if ! ldconfig -p 2>/dev/null | grep -q libvulkan.so.1; then export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
exec "$here/bin/node" "$here/bench/gpu.ts" "$@"
RUN
chmod +x "$to/run.sh"
tar -C "$work" -cf - dnn-gpu | xz -T0 -3 > "$out"
echo "$out: $(du -h "$out" | cut -f1)"
