"""Stand-in for ``docker build`` and ``docker run`` where no engine runs: layers of overlayfs and a chroot.

``python engine.py build|run WORDS`` knows the words that docs/container.md uses, and needs root. The folder
MAGNETOFLOW_STAND_IN holds ``base``, which stands for the base image, and gets layers, volumes and settings.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from string import Template

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.container.dockerfile import context_files, instructions
from tools.install import settings_of_pip

HOME = Path(os.environ.get("MAGNETOFLOW_STAND_IN", "stand-in")).absolute()
OF_BASE = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
NODES = ("null", "zero", "full", "random", "urandom", "tty")
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]


def inside(image, upper, words, *, env, mounts=(), read_only=False, alone=False, user=None):
    """Run a command above the layers of an image; what it changes goes to the folder ``upper``."""
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        root, work = f"{scratch}/root", f"{scratch}/work"
        lower = ":".join(reversed(image["layers"]))
        script = [f"mkdir -p {root} {work} {upper}"]
        script += [f"mount -t overlay overlay -o lowerdir={lower},upperdir={upper},workdir={work} {root}"]
        script += [f"mount -t proc proc {root}/proc; mount -t tmpfs tmpfs {root}/dev"]
        script += [f"touch {root}/dev/{node}; mount --bind /dev/{node} {root}/dev/{node}" for node in NODES]
        script += [f"mkdir {root}/dev/shm; mount -t tmpfs -o size=64m,mode=1777 tmpfs {root}/dev/shm"]
        script += [_mount(kind, source, root + target) for kind, source, target in mounts]
        script += [f"mount -o remount,ro {root}"] if read_only else []
        inner = ["env", "-i", *(f"{name}={value}" for name, value in env.items())]
        inner += ["sh", "-c", f'cd {image["workdir"]} && exec "$@"', "sh", *words]
        chroot = ["chroot", f"--userspec={user or image['user']}", "--groups=", root, *inner]
        script += [f"exec {shlex.join(chroot)}"]
        return subprocess.run(
            [*NAMESPACES, *(["--net"] if alone else []), "sh", "-ec", "\n".join(script)]
        ).returncode


def _mount(kind, source, target):
    source, target = shlex.quote(source), shlex.quote(target)
    if kind == "tmpfs":
        return f"mkdir -p {target}; mount -t tmpfs -o mode=1777 tmpfs {target}"
    make = f"if [ -d {source} ]; then mkdir -p {target}; else mkdir -p $(dirname {target}); : >> {target}; fi"
    bind = f"[ -e {target} ] || {{ {make}; }}; mount --bind {source} {target}"
    return f"{bind}; mount -o remount,bind,ro {target}" if kind == "ro" else bind


def of_this_machine():
    """Return environment and mounts that let pip in a chroot fetch from where this machine's pip does."""
    env, mounts = {}, [("ro", "/etc/resolv.conf", "/etc/resolv.conf"), ("ro", "/etc/hosts", "/etc/hosts")]
    for line in settings_of_pip().splitlines():
        name, _, value = line.partition("=")
        section, _, name = name.rpartition(".")
        value = value.strip("'")
        if section in {"global", "install", ":env:"}:
            env["PIP_" + name.upper().replace("-", "_")] = value
            for path in (word.removeprefix("file://") for word in value.split()):
                path = path.removesuffix("/simple")  # an index names its files by paths relative to itself
                if path.startswith("/") and Path(path).exists():
                    mounts.append(("ro", path, path))
    return env, list(dict.fromkeys(mounts))


def build(words):
    """Do what the instructions of a Dockerfile say; each that makes files makes one layer."""
    parser = argparse.ArgumentParser("build", allow_abbrev=False)
    parser.add_argument("-t", dest="tag", required=True)
    parser.add_argument("--build-arg", action="append", default=[])
    parser.add_argument("context", type=Path)
    options = parser.parse_args(words)
    arguments = dict(one.split("=", 1) for one in options.build_arg)
    image = {
        "layers": [str(HOME / "base")],
        "env": dict(OF_BASE),
        "user": "0:0",
        "workdir": "/",
        "volumes": [],
    }
    args = {}
    for number, (name, rest) in enumerate(instructions((options.context / "Dockerfile").read_text())):
        layer = HOME / "layers" / f"{number:02d}"
        if name == "ARG":
            key, _, default = rest.partition("=")
            args[key] = arguments.get(key, default.strip('"'))
            if key == "TORCH_INDEX" and not _answers(args[key]):
                sys.stdout.write(
                    f"{args[key]} cannot be reached: torch from where this machine's pip finds it\n"
                )
                args[key] = "file:///nowhere"
        elif name == "ENV":
            known = Template(rest).safe_substitute(args)
            image["env"] |= dict(word.split("=", 1) for word in shlex.split(known))
        elif name == "USER":
            image["user"] = rest
        elif name == "WORKDIR":
            image["workdir"] = rest
            if not _in_layers(image, rest):
                (layer / rest.lstrip("/")).mkdir(parents=True)
        elif name == "VOLUME":
            image["volumes"].append(rest)
        elif name == "ENTRYPOINT":
            image["entrypoint"] = json.loads(rest)
        elif name == "COPY":
            _copy(options.context, rest.split(), layer, image["workdir"])
        elif name == "RUN":
            env, mounts = of_this_machine()
            if inside(image, layer, ["sh", "-c", rest], env={**env, **args, **image["env"]}, mounts=mounts):
                sys.exit(f"failed: RUN {rest}")
        elif name != "FROM":
            sys.exit(f"the stand-in does not know {name}")
        if layer.exists():
            image["layers"].append(str(layer))
            size = subprocess.run(["du", "-sm", layer], capture_output=True, text=True).stdout.split()[0]
            sys.stdout.write(f"{size:>6} MB  {name} {rest[:80]}\n")
    (HOME / f"{options.tag}.json").write_text(json.dumps(image))


def _in_layers(image, path):
    return [one for layer in image["layers"] if (one := Path(layer) / path.lstrip("/")).exists()]


def _answers(index):
    try:
        return urllib.request.urlopen(index, timeout=10).status == 200
    except OSError:
        return False


def _copy(context, words, layer, workdir):
    *sources, target = words
    into = layer / (Path(workdir) / target).relative_to("/")
    for path in context_files(context):
        for source in sources:
            below = path if source == "." else Path(source).name if path == source else None
            if below is not None:
                (into / below).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(context / path, into / below)
    subprocess.run(["chown", "-R", "0:0", layer], check=True)


def run(words):
    """Run a container: a layer that is thrown away, mounted folders, the image's user and words."""
    parser = argparse.ArgumentParser("run", allow_abbrev=False)
    for flag in ("--rm", "--init", "--read-only"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--tmpfs", action="append", default=[])
    parser.add_argument("--network", choices=["none"])
    parser.add_argument("--user")
    parser.add_argument("-v", dest="volumes", action="append", default=[])
    parser.add_argument("image")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args(words)
    image = json.loads((HOME / f"{options.image}.json").read_text())
    mounts = [("tmpfs", "", path) for path in options.tmpfs]
    for one in options.volumes:
        source, target, *mode = one.split(":")
        mounts.append((mode[0] if mode else "rw", _volume(source, target, image), target))
    with tempfile.TemporaryDirectory(dir=HOME) as upper:
        Path(upper).chmod(0o755)
        sys.exit(
            inside(
                image,
                upper,
                [*image["entrypoint"], *options.words],
                env=image["env"],
                mounts=mounts,
                read_only=options.read_only,
                alone=options.network,
                user=options.user,
            )
        )


def _volume(source, target, image):
    """Folder of a volume; a new one with a name has the image's mode and owner, as an engine makes it."""
    if source.startswith("/"):
        return source
    folder = HOME / "volumes" / source
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", _in_layers(image, target)[-1], folder], check=True)
    return str(folder)


if __name__ == "__main__":
    {"build": build, "run": run}[sys.argv[1]](sys.argv[2:])
