"""Makes `.venv` from the hashed lock file, with llama.cpp compiled for this machine. Runs on a bare Python ≥ 3.12.

Invariants: nothing outside the repository changes but a cache of the compiled wheel; what is already in place is not
done again; every failure ends with what to do, and a half-made step is repeated at the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv"
STAMP = VENV / "workbench-setup"
LLAMA = "llama-cpp-python"
LIBRARY_ONLY = REPOSITORY / "setup" / "llama_library_only.cmake"
# The plain build crashes on its first decode on processors that advertise AMX.
NO_AMX = "-mno-amx-int8 -mno-amx-tile -mno-amx-bf16"
NEEDED_GIB = 3
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupFailed(Exception):
    """A step cannot be done; the text says what to do."""


def main() -> int:
    """Set up, or say why not. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Install the workbench into .venv")
    parser.add_argument("--dev", action="store_true", help="also what the tests need, Chromium included")
    parser.add_argument(
        "--portable", action="store_true", help="compile for any processor with AVX2 (or any arm64), as images need it"
    )
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        if install(dev=arguments.dev, portable=arguments.portable):
            say(f"Set up in {time.monotonic() - started:.0f} s.")
    except SetupFailed as error:
        sys.stderr.write(f"\nSet-up stopped: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nSet-up stopped. Run the same command again to go on.\n")
        return 130
    return 0


def install(*, dev: bool, portable: bool) -> bool:
    """Bring `.venv` to the lock file's state. Returns False when it was there already."""
    lock = REPOSITORY / ("requirements-dev.lock" if dev else "requirements.lock")
    wanted = fingerprint(lock)
    if dev:
        ensure_chromium()
    if is_in_place(wanted, dev=dev):
        return False
    check_machine()
    if not (VENV / "bin" / "python").exists():
        say("Making .venv …")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made.")
    install_locked(lock)
    install_llama(lock, portable=portable)
    say("Linking this repository into .venv …")
    pip(["install", "--no-deps", "--no-build-isolation", "--editable", str(REPOSITORY)])
    STAMP.write_text(f"{'dev' if dev else 'run'} {wanted}\n", encoding="ascii")
    return True


def fingerprint(lock: Path) -> str:
    """What the environment is made of: the lock file, this script and the Python that runs it."""
    digest = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes())
    digest.update(platform.python_version().encode())
    return digest.hexdigest()


def is_in_place(wanted: str, *, dev: bool) -> bool:
    """True when the last set-up ended well and nothing it rests on has changed since."""
    if not STAMP.exists() or not (VENV / "bin" / "python").exists():
        return False
    kind, _, made_of = STAMP.read_text(encoding="ascii").strip().partition(" ")
    if made_of == wanted:
        return True
    # An environment made for the tests holds all that running needs.
    return kind == "dev" and not dev and made_of == fingerprint(REPOSITORY / "requirements-dev.lock")


def check_machine() -> None:
    """Refuse early what would fail late: a full disk, a missing compiler."""
    free_gib = shutil.disk_usage(REPOSITORY).free / 2**30
    if free_gib < NEEDED_GIB:
        raise SetupFailed(
            f"{free_gib:.1f} GiB are free on the disk of {REPOSITORY}, {NEEDED_GIB} are needed.\n"
            "  → Free some space, or clone to another disk."
        )
    if not compiler("CXX", ("c++", "g++", "clang++")) or not compiler("CC", ("cc", "gcc", "clang")):
        raise SetupFailed(
            "no C/C++ compiler was found; llama.cpp is compiled for your machine.\n"
            "  → Debian/Ubuntu: apt-get install build-essential\n"
            "  → Fedora: dnf install gcc-c++ make\n"
            "  → macOS: xcode-select --install"
        )


def compiler(variable: str, names: tuple[str, ...]) -> str | None:
    """The compiler that the environment names, else the first on PATH."""
    return next(
        (found for name in (os.environ.get(variable, ""), *names) if name and (found := shutil.which(name))), None
    )


def install_locked(lock: Path) -> None:
    """Install every locked package but llama.cpp's binding, hashes checked."""
    blocks = [block for block in locked_blocks(lock) if not block.startswith(LLAMA)]
    total = len(blocks)
    say(f"Installing {total} packages from {lock.name} (about a minute or two) …")
    seen = 0

    def report(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            progress(f"  {seen}/{total} {line.split()[1].split('==')[0] if line.startswith('Coll') else ''}")
        elif line.startswith("Installing collected"):
            progress("  unpacking …")

    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("".join(blocks), encoding="utf-8")
        pip(["install", "--no-deps", "--require-hashes", "--progress-bar", "off", "-r", str(requirements)], report)
    progress("")


def install_llama(lock: Path, *, portable: bool) -> None:
    """Install the binding from a wheel compiled for just this processor (or portably), from our cache or built now."""
    block = next(block for block in locked_blocks(lock) if block.startswith(LLAMA))
    flags = compiler_flags()
    cmake = [
        "-DLLAVA_BUILD=OFF",
        "-DMTMD_BUILD=OFF",
        "-DLLAMA_OPENSSL=OFF",
        *(("-DGGML_NATIVE=OFF", "-DGGML_AVX2=ON", "-DGGML_FMA=ON", "-DGGML_F16C=ON") if portable else ()),
    ]
    # pip's own cache files such a wheel under a name that tells nothing of the processor: hence ours.
    key = hashlib.sha256(
        "\n".join([block, flags, *cmake, "" if portable else processor(), compiler_version()]).encode()
    ).hexdigest()[:20]
    folder = cache_home() / "wheels" / key
    if not list(folder.glob("*.whl")):
        build_llama(block, flags, cmake, folder)
    pip(["install", "--no-deps", "--force-reinstall", str(next(folder.glob("*.whl")))])


def build_llama(block: str, flags: str, cmake: list[str], folder: Path) -> None:
    """Compile the binding into `folder`, which appears only when it is whole."""
    say("Compiling llama.cpp for this machine (2–6 minutes on two cores; later set-ups reuse it) …")
    environment = os.environ | {
        "CFLAGS": flags,
        "CXXFLAGS": flags,
        "CMAKE_ARGS": " ".join([*cmake, f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={LIBRARY_ONLY}"]),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 2),
    }

    def report(line: str) -> None:
        if step := re.search(r"\[(\d+)/(\d+)\]", line):
            progress(f"  {step[1]}/{step[2]} files")

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        requirements = Path(work) / "llama.txt"
        requirements.write_text(block, encoding="utf-8")
        wheels = Path(work) / "wheels"
        pip(
            [
                *("wheel", "-v", "--no-deps", "--no-cache-dir", "--no-binary", LLAMA, "--require-hashes"),
                *("-r", str(requirements), "-w", str(wheels)),
            ],
            report,
            environment,
        )
        shutil.rmtree(folder, ignore_errors=True)
        wheels.rename(folder)
    progress("")


def compiler_flags() -> str:
    """The flags that switch AMX off, where the compiler knows them; a compiler that does not cannot emit AMX either."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return ""
    cc = compiler("CC", ("cc", "gcc", "clang")) or "cc"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text("int main(void) { return 0; }\n", encoding="ascii")
        tried = subprocess.run(
            [cc, *NO_AMX.split(), "-c", str(source), "-o", f"{folder}/empty.o"], capture_output=True, check=False
        )
    return NO_AMX if tried.returncode == 0 else ""


def processor() -> str:
    """Model and features of this processor: a wheel compiled for one may not run on another."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features")
    return "\n".join(sorted({line for line in text.splitlines() if line.startswith(wanted)}))


def compiler_version() -> str:
    """First line of what the C++ compiler says of itself."""
    cxx = compiler("CXX", ("c++", "g++", "clang++")) or "c++"
    return subprocess.run([cxx, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]


def cache_home() -> Path:
    """Where compiled wheels are kept between set-ups."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "workspaces-workbench"


def ensure_chromium() -> None:
    """Find a Chromium for the browser tests; install Debian's as root; else say how to get one."""
    if any(shutil.which(name) for name in CHROMIUMS):
        return
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        raise SetupFailed(
            "the browser tests need Chromium, and none is on PATH.\n"
            "  → Debian/Ubuntu: sudo apt-get install chromium\n"
            "  → macOS: brew install --cask chromium\n"
            "  → or put any Chromium or Chrome on PATH under one of: " + ", ".join(CHROMIUMS)
        )
    say("Installing Chromium from the system's packages …")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], "The package lists could not be fetched.", environment=environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
        "Chromium could not be installed.", environment=environment)  # fmt: skip


def locked_blocks(lock: Path) -> Iterator[str]:
    """Each package of a lock file with its hashes, as one text."""
    block = ""
    for line in lock.read_text(encoding="utf-8").splitlines(keepends=True):
        if block and not line.startswith((" ", "\t")):
            yield block
            block = ""
        block += line
    if block:
        yield block


def pip(
    arguments: list[str], report: Callable[[str], None] = lambda line: None, environment: dict[str, str] | None = None
) -> None:
    """Run pip inside `.venv`."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    run(command, "A package could not be installed.", report, environment)


def run(
    command: list[str],
    failure: str,
    report: Callable[[str], None] = lambda line: None,
    environment: dict[str, str] | None = None,
) -> None:
    """Run a command, handing each line of its output to `report`. Raises SetupFailed with its last words."""
    tail: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            for line in process.stdout or ():
                report(line.strip())
                tail = [*tail[-30:], line.rstrip()]
            status = process.wait()
        except BaseException:
            process.terminate()
            raise
    if status:
        progress("")
        words = "\n".join(f"    {line}" for line in tail if line and not line.startswith("WARNING: Location"))
        advice = (
            "  → Free some disk space and run it again."
            if "No space left" in words
            else "  → Run it again; what is done is kept."
        )
        raise SetupFailed(f"{failure}\n{words}\n{advice}")


def say(text: str) -> None:
    """One line for the person who waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def progress(text: str) -> None:
    """The same line again and again on a terminal; nothing in a log file."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K" + text[: shutil.get_terminal_size().columns - 1])
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
