"""Kinds of non-Python files, told by their names and by where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from fnmatch import fnmatchcase
from functools import cached_property

from gardener.pytest_config.settings import CONFIG_NAMES

_WILD = frozenset("*?[")


class BuiltInGlobs:
    """A list of gardener's own globs, of the one kind that the settings have, made for speed.

    Every changed path is held against all of them, and `gardener.paths.matches` loads a library.
    Three shapes need none: `PART` without a `/`, `**/NAME` and `**/FOLDER/**/NAME`.
    """

    def __init__(self, *globs: str) -> None:
        """Raises: ValueError: a glob has another shape."""
        self.globs = globs
        parts = [glob for glob in globs if "/" not in glob]
        self._parts = frozenset(part for part in parts if not _WILD & set(part))
        self._part_globs = [part for part in parts if _WILD & set(part)]
        ends: list[str] = []
        self._names: list[str] = []
        self._below: list[tuple[str, str]] = []
        for glob in (glob for glob in globs if "/" in glob):
            match glob.split("/"):
                case ["**", name] if name[0] == "*" and not _WILD & set(name[1:]):
                    ends.append(name[1:])
                case ["**", name]:
                    self._names.append(name)
                case ["**", folder, "**", name]:
                    self._below.append((folder, name))
                case _:
                    raise ValueError(f"{glob!r} has another shape")
        self._ends = tuple(ends)

    def fit(self, path: str) -> bool:
        """Whether one of them fits a path."""
        parts = path.split("/")
        *folders, name = parts
        return (
            name.endswith(self._ends)
            or not self._parts.isdisjoint(parts)
            or any(fnmatchcase(part, glob) for glob in self._part_globs for part in parts)
            or any(fnmatchcase(name, glob) for glob in self._names)
            or any(
                fnmatchcase(name, last) and any(fnmatchcase(part, above) for part in folders)
                for above, last in self._below
            )
        )


EVERYTHING = BuiltInGlobs(
    # What every test may depend on: how pytest runs, what is installed, what is built.
    *CONFIG_NAMES,
    "setup.py",
    *("**/*requirements*.txt", "**/*requirements*/**/*.txt"),
    *("**/*requirements*.in", "**/*requirements*/**/*.in"),
    *("**/*constraints*.txt", "**/*constraints*/**/*.txt"),
    "**/*.lock",
    "**/pylock*.toml",
    "Pipfile",
    *("**/environment*.yml", "**/environment*/**/*.yml"),
    *("**/environment*.yaml", "**/environment*/**/*.yaml"),
    *("**/conda*.yml", "**/conda*/**/*.yml"),
    ".python-version",
    "**/*.pth",
    ".env",
    ".env.*",
    ".gitmodules",
)
"""Globs of files whose change runs all tests."""

EXAMPLES = BuiltInGlobs(
    *(".env.example*", ".env*.example", ".env.sample*", ".env*.sample"),
    *(".env.template*", ".env*.template", ".env.tmpl", ".env.dist*", ".env*.dist"),
)
"""Globs of files that are copied before they are read: the copy counts, under its own name."""

IGNORED = BuiltInGlobs(
    *("**/*.md", "**/*.mdx", "**/*.rst", "**/*.adoc"),
    *("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*", "UNLICENSE*"),
    *("AUTHORS*", "CONTRIBUTORS*", "MAINTAINERS*", "THANKS*", "ACKNOWLEDGMENTS*"),
    *("CHANGELOG*", "CHANGES*", "HISTORY*", "NEWS", "NEWS.*", "TODO", "TODO.*", "CITATION.cff"),
    *("README", "README.*", "INSTALL", "INSTALL.*", "SECURITY", "SECURITY.*"),
    *("newsfragments", "changelog.d", "changes.d", ".changeset", ".changes"),
    "CODEOWNERS",
    ".gitignore",
    ".gitattributes",
    *(".gitkeep", ".keep", ".gitmessage"),
    ".editorconfig",
    ".mailmap",
    ".git-blame-ignore-revs",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    ".readthedocs.yml",
    ".readthedocs.yaml",
    *(".github", ".gitlab-ci.yml", ".gitlab", ".circleci", ".buildkite", ".travis.yml"),
    *("appveyor.yml", ".appveyor.yml", ".cirrus.yml", ".drone.yml", "bitbucket-pipelines.yml"),
    *(".vscode", ".idea", ".devcontainer", ".gitpod.yml", ".cursor", ".cursorrules", ".claude"),
    # What Python and its tools leave behind: byte code beside its source, caches.
    *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"),
)
"""Globs of files whose change runs no test, unless a Python file names them."""

ELSEWHERE = BuiltInGlobs(
    # A web page and what builds it.
    *("**/*.js", "**/*.mjs", "**/*.cjs", "**/*.jsx", "**/*.ts", "**/*.mts", "**/*.cts", "**/*.tsx"),
    *("**/*.vue", "**/*.svelte", "**/*.css", "**/*.scss", "**/*.sass", "**/*.less"),
    *("package.json", "**/tsconfig*.json", "**/tsconfig*/**/*.json", ".nvmrc", ".npmrc"),
    *(
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
    ),
    *(".eslintrc*", ".eslintignore", ".prettierrc*", ".prettierignore", ".stylelintrc*"),
    # Programs in other languages that Python does not load.
    *("**/*.go", "go.mod", "go.sum", "**/*.java", "**/*.kt", "**/*.swift", "**/*.scala", "**/*.cs"),
    *("**/*.rb", "Gemfile", "Gemfile.lock", "**/*.php", "composer.json", "composer.lock"),
    *("**/*.dart", "pubspec.lock"),
    # Where the program is built and runs.
    *("Dockerfile*", "**/*.dockerfile", ".dockerignore", "compose.yml", "compose.yaml"),
    *("**/docker-compose*.yml", "**/docker-compose*.yaml", "**/docker-compose*/**/*.yml"),
    *("**/*.tf", "**/*.tfvars", ".terraform.lock.hcl", "Jenkinsfile", "Procfile"),
    *("**/azure-pipelines*.yml", "**/azure-pipelines*/**/*.yml", "Makefile", "justfile"),
    *("GNUmakefile", "Justfile", "Taskfile.yml", "Vagrantfile", "Tiltfile", "Brewfile"),
    *(".helmignore", ".gcloudignore", ".slugignore", "skaffold.yaml", "netlify.toml", "fly.toml"),
    *("vercel.json", "cloudbuild.yaml", "buildspec.yml", "heroku.yml", "Dockerrun.aws.json"),
    # Tools that look at the code without running it, measure it or publish it.
    *("mypy.ini", ".mypy.ini", "ruff.toml", ".ruff.toml", ".flake8", ".pylintrc", ".isort.cfg"),
    *("pyrightconfig.json", "codecov.yml", ".codecov.yml", "mkdocs.yml", "renovate.json"),
    *("pylintrc", ".style.yapf", ".pydocstyle", ".codespellrc", ".bandit", "bandit.yaml"),
    *("codecov.yaml", ".codecov.yaml", ".coveragerc", ".coveralls.yml", ".codeclimate.yml"),
    *("sonar-project.properties", ".deepsource.toml", ".codacy.yml", ".sourcery.yaml", ".snyk"),
    *(".yamllint*", ".markdownlint*", ".hadolint.yaml", "typos.toml", "_typos.toml", ".typos.toml"),
    *(".semgrep", ".semgrepignore", ".gitleaks.toml", ".gitleaksignore", ".secrets.baseline"),
    *(".trivyignore", "lefthook.yml", ".husky", ".lintstagedrc*", ".commitlintrc*", ".cz.toml"),
    *(".bumpversion.cfg", ".bumpversion.toml", "cliff.toml", ".releaserc*", ".release-it.json"),
    *("release-please-config.json", ".release-please-manifest.json", "renovate.json5"),
    *("mkdocs.yaml", "py.typed", "**/*.pot", "crowdin.yml", "snapcraft.yaml"),
    *(".tool-versions", "mise.toml", ".mise.toml", ".envrc", "**/*.nix", "security.txt"),
    *("**/*.service", "**/*.desktop", ".cspell.json", "cspell.json"),
    *("flake.lock", "devenv.lock", "devbox.lock", "devbox.json", "mise.lock", "Chart.lock"),
    *(".node-version", ".ruby-version", ".yarnrc*", ".npmignore", ".babelrc*", ".browserslistrc"),
    *("turbo.json", "nx.json", "lerna.json", "biome.json", "deno.json", "deno.lock", "mix.lock"),
    *("Podfile.lock", "Package.resolved", "Containerfile*", "Earthfile", "docker-bake.hcl"),
    *("Doxyfile", "book.toml", "zensical.toml", "CNAME", "robots.txt", "codemeta.json"),
    *(".all-contributorsrc", ".zenodo.json", ".mcp.json", ".windsurfrules", ".clinerules"),
    *(".coderabbit.yaml", ".coderabbit.yml", "greptile.json", ".mega-linter.yml", ".trunk"),
    *("qodana.yaml", ".sonarcloud.properties", ".lgtm.yml", ".whitesource", "socket.yml"),
    *("serverless.yml", "railway.json", "railway.toml", "render.yaml", ".woodpecker.yml"),
    *(
        ".hgignore",
        ".hgtags",
        ".bzrignore",
        ".cvsignore",
        "release.toml",
        "git-conventional-commits.yaml",
    ),
    # Copies that an editor, a merge or a person left.
    *("**/*.orig", "**/*.rej", "**/*.bak", "**/*.*backup*", "**/*.swp", "**/*~"),
)
"""Globs of files that Python tests do not read, unless a Python file names them, their folder or
a glob that fits them."""

ASIDE = BuiltInGlobs(
    # What people look at.
    *("**/*.png", "**/*.jpg", "**/*.jpeg", "**/*.gif", "**/*.svg", "**/*.ico", "**/*.webp"),
    *("**/*.mp4", "**/*.webm", "**/*.mov", "**/*.cast", "**/*.drawio", "**/*.puml", "**/*.mmd"),
    *("**/*.pdf", "**/*.pptx", "**/*.docx", "**/*.woff", "**/*.woff2", "**/*.ttf", "**/*.ipynb"),
    # Scripts of a shell.
    *("**/*.sh", "**/*.bash", "**/*.zsh", "**/*.fish", "**/*.ps1", "**/*.bat", "**/*.cmd"),
    # All that is written for readers, or for where the program runs.
    *("docs", "doc", "documentation", "notebooks", "dashboards", "grafana", "prometheus"),
    *("helm", "charts", "k8s", "kubernetes", "kustomize", "terraform", "ansible", "nginx"),
    *("deploy", "deployment", "deployments", "infra", "infrastructure", "monitoring"),
)
"""Globs of files like those of `ELSEWHERE`, as long as no Python code lies beside or above them: from
its own place code may read a file whose name and folder it computes."""

PAGES = BuiltInGlobs(
    *("**/*.html", "**/*.htm", "**/*.xhtml", "**/*.j2", "**/*.jinja", "**/*.jinja2"),
    *("**/*.mako", "**/*.mustache", "**/*.hbs", "**/*.handlebars", "**/*.ejs", "**/*.liquid"),
)
"""Globs of pages, and of what they are made of: nothing but an engine of templates finds them."""

BUILD_INPUTS = BuiltInGlobs(
    # Sources of extension modules, in the languages that Python loads when they are compiled.
    *("**/*.c", "**/*.cc", "**/*.cpp", "**/*.cxx", "**/*.c++", "**/*.h", "**/*.hh", "**/*.hpp"),
    *("**/*.hxx", "**/*.inl", "**/*.ipp", "**/*.cu", "**/*.cuh", "**/*.s", "**/*.S", "**/*.asm"),
    *("**/*.pyx", "**/*.pxd", "**/*.pxi", "**/*.rs", "**/*.zig", "**/*.nim", "**/*.m", "**/*.mm"),
    *("**/*.f", "**/*.for", "**/*.f77", "**/*.f90", "**/*.f95", "**/*.f03", "**/*.f08"),
    *("**/*.pyf", "**/*.swg", "**/*.c.src", "**/*.h.src", "**/*.c.in", "**/*.h.in"),
    *("**/*.pyx.in", "**/*.pxd.in", "**/*.pxi.in", "**/*.pyx.tp", "**/*.cpp.in", "**/*.hpp.in"),
    *("Cargo.toml", "CMakeLists.txt", "**/*.cmake", "meson.build", "meson_options.txt"),
    *("meson.options", "configure.ac", "configure.in", "Makefile.am", "**/*.gyp", "**/*.gypi"),
    # Descriptions from which Python code is generated, which need not be kept in git.
    *("**/*.proto", "**/*.thrift", "**/*.fbs", "**/*.capnp", "**/*.g4", "**/*.asn", "**/*.asn1"),
    *("**/*.smithy", "**/*.ui", "**/*.qrc"),
)
"""Globs of files from which something is built that tests import: they need not open these."""

BUILD_SCRIPTS = BuiltInGlobs(
    "setup.py", "hatch_build.py", "build.py", "**/*_build.py", "setupext.py"
)
"""Globs of Python files that build the project: no test calls them."""

EXAMPLE_FOLDERS = frozenset(
    {
        *("test", "tests", "testing", "testdata", "test_data", "fixtures", "data", "samples"),
        *("examples", "example", "snippets", "corpus", "benchmarks", "cassettes", "resources"),
    }
)
"""Folders in which a source of another language may be something to read, not to build."""

_ASIDE_WORDS = re.compile(
    r"docs?|documentation|rtd|readthedocs|sphinx|mkdocs|lint(er|ers|ing)?|style|format(ting)?|"
    r"mypy|typing|types?|typecheck|pylint|flake8|ruff|black|pre-?commit|release|publish|changelog"
)
"""Words in the name of a file or a section that say that it is not for running tests."""


def is_aside(name: str) -> bool:
    """Whether a name says that it is for documentation, linters or releases, and not for tests."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    return any(_ASIDE_WORDS.fullmatch(word) for word in words) and not any(
        word.startswith(("test", "dev", "ci", "all")) for word in words
    )


class Places:
    """Where the Python code of a tree lies."""

    def __init__(self, python: Iterable[str], text_tests: Iterable[str] = ()) -> None:
        """`text_tests` are other files with tests: these are code, too."""
        self._python = python
        self._text_tests = text_tests

    def is_beside_code(self, path: str) -> bool:
        """Whether Python code lies in the folder of a file, or in one above it below the top."""
        *folders, _ = path.split("/")
        if not folders:
            return "" in self._with_modules
        above = {"/".join(folders[: n + 1]) for n in range(len(folders))}
        if not above.isdisjoint(self._with_tests):
            return True
        return any(
            folder.rpartition("/")[2] not in _FOR_READERS for folder in above & self._with_modules
        )

    @cached_property
    def _with_modules(self) -> Set[str]:
        """The folders that hold modules; at the top those that only build and test do not count."""
        return {
            path.rpartition("/")[0] for path in self._python if path not in _BUILDING
        } | self._with_tests

    @cached_property
    def _with_tests(self) -> Set[str]:
        """The folders that hold tests or are packages: whatever they are called, they hold code."""
        folders = {path.rpartition("/")[0] for path in self._text_tests}
        for path in self._python:
            folder, _, name = path.rpartition("/")
            if name == "__init__.py" or ("test" in name.lower() and path not in _BUILDING):
                folders.add(folder)
        return folders


_FOR_READERS = frozenset({"docs", "doc", "documentation", "notebooks"})
"""Folders in which the settings and extensions of a documentation are no code that tests run."""
_BUILDING = frozenset({"setup.py", "noxfile.py", "conftest.py", "fabfile.py", "dodo.py"})
