"""What stands below `if __name__ == "__main__"`: no import runs it, whoever starts the file does."""

import pytest

TOOL = """import subprocess, sys

def run():
    return 0

if __name__ == "__main__":
    import core
    def main():
        print(core.answer(run()))
    main()
"""
AGAIN = "def again():\n    subprocess.run([sys.executable, {}])\n\n"
FILES = {
    "core.py": "def answer(n):\n    return 1\n",
    "tool.py": TOOL,
    "starting.py": "import subprocess, sys\n"
    "def start(name):\n    subprocess.run([sys.executable, f'{name}.py'])\n",
    "run.sh": "python tool.py\n",
    "test_other.py": "def test_other():\n    pass\n",
}
HEAD = "import importlib.util, inspect, runpy, subprocess, sys\nfrom pathlib import Path\n"
BODY = "def test_it():\n    "
STARTS = {
    "by its path": BODY + "subprocess.run([sys.executable, 'tool.py'])\n",
    "by a path that is computed": BODY
    + "subprocess.run([sys.executable, str(Path('x').with_name('tool.py'))])\n",
    "by its name": BODY + "subprocess.run([sys.executable, '-m', 'tool'])\n",
    "by a line": BODY + "subprocess.run('python -m tool', shell=True)\n",
    "by a line that is made": BODY + "subprocess.run(f'{sys.executable} -m tool', shell=True)\n",
    "by a line with its path": BODY + "subprocess.run('python ./tool.py --all', shell=True)\n",
    "by a script": BODY + "subprocess.run(['sh', 'run.sh'])\n",
    "as a module in this process": BODY + "runpy.run_module('tool', run_name='__main__')\n",
    "as a file in this process": BODY + "runpy.run_path('tool.py', run_name='__main__')\n",
    "by the path of the module": "import tool\n"
    + BODY
    + "subprocess.run([sys.executable, tool.__file__])\n",
    "by the name of the module": "import tool\n"
    + BODY
    + "subprocess.run([sys.executable, '-m', tool.__name__])\n",
    "by the file of a function": "import tool\n"
    + BODY
    + "subprocess.run([sys.executable, inspect.getsourcefile(tool.run)])\n",
    "by what is found": BODY
    + "subprocess.run([sys.executable, importlib.util.find_spec('tool').origin])\n",
    "by something that is given the module": "import tool\n"
    "def start(module): subprocess.run([sys.executable, module.__file__])\n"
    + BODY
    + "start(tool)\n",
    "by a parameter": "import pytest, tool\n"
    "@pytest.mark.parametrize('name', ['tool'])\n"
    "def test_it(name):\n    subprocess.run([sys.executable, '-m', name])\n",
    "elsewhere, by a part of its path": "import tool\nfrom starting import start\n"
    + BODY
    + "start('tool')\n",
}
IMPORTS = {
    "an import": "import tool\n" + BODY + "pass\n",
    "a function": "from tool import run\n" + BODY + "assert run() == 0\n",
    "a function of the module": "import tool\n" + BODY + "assert tool.run() == 0\n",
    "a name in a string": "from unittest.mock import patch\n"
    + BODY
    + "with patch('tool.run'): pass\n",
}
CHANGES = [("core.py", "return 1", "return 2"), ("tool.py", "print(core", "print(1, core")]


@pytest.mark.parametrize(("path", "old", "new"), CHANGES)
@pytest.mark.parametrize("way", STARTS)
def test_what_starts_a_file(repository, way, path, old, new):
    files = {**FILES, "test_it.py": HEAD + STARTS[way]}
    assert repository.tests_of(files, path, old, new) == ["test_it.py"]


@pytest.mark.parametrize(("path", "old", "new"), CHANGES)
@pytest.mark.parametrize("way", IMPORTS)
def test_what_imports_it(repository, way, path, old, new):
    files = {**FILES, "test_it.py": IMPORTS[way]}
    assert repository.tests_of(files, path, old, new) == []


@pytest.mark.parametrize(
    "path", ["__file__", "str(HERE)\n\nfrom pathlib import Path\nHERE = Path(__file__"]
)
def test_a_file_that_starts_itself(repository, path):
    again = AGAIN.format(path) + (")\n\n" if "HERE" in path else "")
    tool = FILES["tool.py"].replace("def run", f"{again}def run", 1)
    files = {**FILES, "tool.py": tool, "test_it.py": "import tool\n" + BODY + "tool.again()\n"}
    assert repository.tests_of(files, *CHANGES[0]) == ["test_it.py"]


FOLDERS = ["Path(__file__).resolve().parent", "os.path.dirname(os.path.abspath(__file__))"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_that_only_asks_for_its_folder(repository, folder):
    head = f"import os\nfrom pathlib import Path\nHERE = {folder}\n"
    test = "from tool import HERE\n" + BODY + "assert HERE\n"
    files = {**FILES, "tool.py": head + FILES["tool.py"], "test_it.py": test}
    assert repository.tests_of(files, *CHANGES[0]) == []


def test_a_test_file_that_is_a_program_too(repository):
    program = "if __name__ == '__main__' and True:\n    import core\n    core.answer(1)\n"
    files = {**FILES, "test_it.py": BODY + "pass\n\n" + program}
    assert repository.tests_of(files, *CHANGES[0]) == []


@pytest.mark.parametrize(
    "condition", ["if __name__ == '__main__':\n    pass\nelse:", "if 'x'.__name__ == '__main__':"]
)
def test_what_an_import_runs_beside_it(repository, condition):
    tool = f"import core\n{condition}\n    print(core.answer(1))\n"
    files = {**FILES, "tool.py": tool, "test_it.py": "import tool\n" + BODY + "pass\n"}
    # It runs while tests are collected.
    assert repository.tests_of(files, *CHANGES[0]) == "ALL"
