"""CPU and memory of selecting, cold and warm, on generated repositories.

    python bench/selection.py [FILES ...]        (default: 1000 5000 20000)

Prints for each size the CPU seconds (own and children's) of the first `gardener
impacted --staged` and the median of five more, and the peak memory in MB.
"""

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def generate(root: Path, files: int) -> None:
    """A package of modules that import up to three of the 200 before them, and tests."""
    pick = random.Random(3)
    modules = files * 7 // 10
    for i in range(modules):
        folder = root / f"pkg/p{i // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        near = pick.sample(range(max(0, i - 200), i), min(3, i))
        lines = ["import os", *(f"from pkg.p{j // 50}.m{j} import f{j}_0, C{j}" for j in near), ""]
        for k in range(4):
            call = f" + f{near[k % len(near)]}_0(x)" if near else ""
            lines += [f"def f{i}_{k}(x):", "    total = 0", "    for a in range(x):"]
            lines += ["        total += a", f"    return total{call}", ""]
        lines += [f"class C{i}:", "    def run(self):", f"        return f{i}_1(3)", ""]
        (folder / f"m{i}.py").write_text("\n".join(lines))
    (root / "pkg/__init__.py").touch()
    for i in range(files - modules):
        folder = root / f"tests/t{i // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for j in pick.sample(range(modules), 2):
            lines += [f"from pkg.p{j // 50}.m{j} import f{j}_2, C{j}", f"def test_f{j}():"]
            lines += [f"    assert f{j}_2(3)", f"def test_c{j}():", f"    assert C{j}().run()"]
        (folder / f"test_m{i}.py").write_text("\n".join(lines) + "\n")


def git(root: Path, *args: str) -> None:
    config = ["-c", "user.name=b", "-c", "user.email=b@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *config, *args], cwd=root, check=True, capture_output=True)


def measure(root: Path) -> tuple[float, float, str]:
    """CPU seconds and peak MB of one selection, and its answer's first line."""
    command = [sys.executable, "-m", "gardener", "impacted", "--staged"]
    read, write = os.pipe()
    process = os.fork()
    if not process:
        done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        count = len(done.stdout.splitlines())
        os.write(write, f"{used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024} {count}".encode())
        os._exit(0)
    os.close(write)
    cpu, memory, count = os.read(read, 200).decode().split()
    os.close(read)
    os.waitpid(process, 0)
    return float(cpu), float(memory), count


def main(sizes: list[int]) -> None:
    print("files  cold CPU s  warm CPU s  peak MB  tests or files selected")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            generate(root, size)
            git(root, "init", "-q")
            git(root, "add", "-A")
            git(root, "commit", "-qm", "base")
            changed = root / f"pkg/p{size // 100}/m{size // 2}.py"
            changed.write_text(changed.read_text().replace("total = 0", "total = 1"))
            git(root, "add", "-A")
            cold, memory, selected = measure(root)
            warm = statistics.median(measure(root)[0] for _ in range(5))
            print(f"{size:5}  {cold:10.2f}  {warm:10.2f}  {memory:7.0f}  {selected}")


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [1000, 5000, 20000])
