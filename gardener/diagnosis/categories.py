"""The table of categories: what a failure can be, how it is recognised, what to do about it."""

from __future__ import annotations

from typing import NamedTuple

from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.services import REFUSED
from gardener.model import Kind, Phase, Priority


class Match(NamedTuple):
    """One way to recognise a category; every field that is given must hold.

    `shapes` are those of the message, `types` exception or warning types (last name
    or qualified, `*` stands for any letters of a last name), `message` a pattern searched in the message, `facts` patterns that
    facts of those names match, `phases` where it failed, `deepest` a pattern searched in
    `file:function` of the deepest frame, library or not. `through` is a pattern searched in
    `file:function` of the frames of libraries below the last one of the repository, `about`
    one searched in the message and the failing statement. `unless` are types that it never
    is, `chained` says that an exception around the root will do.
    """

    shapes: tuple[Shape, ...] = ()
    types: tuple[str, ...] = ()
    message: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    phases: tuple[Phase, ...] = ()
    deepest: str = ""
    through: str = ""
    about: str = ""
    unless: tuple[str, ...] = ()
    chained: bool = False


class Category(NamedTuple):
    """One kind of root cause.

    `slug` names a finding: words with `{symbol}`, `{subject}` (what the tests are about)
    and `{type}` filled in; empty means the id. `cause` is the root cause in one sentence,
    `next_step` what to do, in the imperative. `warns` are matches on warnings. `example`
    is a test file that fails this way, which a test checks. `local` marks what lies in the
    machine and not in the code: the bot makes no issue of it.

    `{symbol}` in `cause` and `next_step` is the thing that is wrong, by its name; `naming`
    is a pattern that finds it in the message, where the evidence does not. `cause_at` and
    `next_step_at` say the same where it has no name and `{symbol}` is only a place; empty:
    the others are true of a place too.
    """

    id: str
    kind: Kind
    priority: Priority
    explanation: str
    next_step: str
    matches: tuple[Match, ...] = ()
    warns: tuple[Match, ...] = ()
    slug: str = ""
    cause: str = ""
    codemod: str = ""
    example: str = ""
    local: bool = False
    naming: str = ""
    cause_at: str = ""
    next_step_at: str = ""


_DEPRECATION = ("*DeprecationWarning", "FutureWarning", "*RemovedIn*Warning", "MovedIn*Warning")
_PYDANTIC = ("PydanticDeprecatedSince20", "PydanticDeprecationWarning", "PydanticDeprecatedSince29")
_EMIT = r"(?i)(?<![a-z])(?:event|emit|message|broadcast|notif|publish|sent(?![a-z])|signal|callback|deliver)"
_OLD_IMPORT = r"(?i)\bimport(s|ing|ed)?\b|^[a-z_]\w*(\.\w+)+ is deprecated"
_UTCNOW = r"\butc(now|fromtimestamp)\(\) is deprecated"
_PYDANTIC_CONFIG = r"class-based `config`|`json_encoders` is deprecated"
_SQL_OF_BEFORE = r"should be explicitly declared as text\(|expected, got \[[^\n]{0,300}Did you mean to say select\("
_PYDANTIC_GONE = (
    r"@root_validator|__root__|`\w+` (?:is|was|has been) removed|(?:has been|was) (?:removed|moved)"
)
_COMPARED = ("AssertionError",)
"""A comparison shows the text that it is about; only what a test itself fails with counts."""
_VERDICTS = (*_COMPARED, "Failed")
_INTERNAL = (
    r"recursion depth mismatch|without (?:setting an exception|exception set)|with an (?:exception|error) set"
    r"|bad argument to internal function|unknown opcode|^initialization of |bad call flags"
)
"""How Python words a `SystemError` of its own; code that raises one itself has other words."""
_NO_SNAPSHOT = r"(?:\bsnapshot\b[^\n]{0,200}(?:doesn't|does not) exist|snapshot file not found)"
_SERVICE = (
    r"(?i)docker daemon|docker.{0,40}(?:not running|not available|not installed|unavailable)"
    r"|(?:redis|postgres\w*|mysql|mongo\w*|kafka|rabbitmq|elasticsearch|clickhouse|minio|localstack)"
    r".{0,80}(?:not running|unavailable|not available|connection refused|unreachable|could not connect|timed? ?out)"
    r"|error \d+ connecting to|is the server running|NoBrokersAvailable|No servers found yet"
    r"|connection to server at .{1,120} failed|can't connect to (?:\w+ )?server"
    r"|Error while fetching server API version"
)
_UNRESOLVED = (
    r"(?i)name or service not known|nodename nor servname|name resolution|getaddrinfo failed"
    r"|no address associated with hostname|(?:failed|could not|cannot) to? ?resolve"
)
_LOOP = (
    r"Event loop is closed|attached to a different loop|no running event loop"
    r"|no current event loop|event loop is already running|was never awaited"
    r"|cannot be called from a running event loop|(?:bound to|from) a different event loop"
    r"|must be called from async context|unknown async library"
    r"|not currently running on any asynchronous event loop"
)
_COROUTINE = r"^'(?:coroutine|async_generator)' object (?:has no|is not|does not)"
_COROUTINE_COMPARED = (
    r"^(?:AssertionError: )?assert [^\n'\"]{0,200}<(?:coroutine|async_generator) object "
)
_NOT_AWAITABLE = (
    r"object \S+ can't be used in 'await' expression|object can't be awaited"
    r"|does not support the asynchronous context manager protocol"
    r"|'async for' (?:requires an object with __aiter__|received an object)"
)
_NONE = r"\A[^\n]*(?<!or )(?<!or ')(?<!expected )\bNoneType\b"
_MOCK_ASSERTION = (
    r"is not a valid assertion\. Use a spec|^Attributes cannot start with 'assert"
    r"|^'(?:function|method)' object has no attribute 'assert_"
)
_MOCK_CALLS = (
    r"\A(?!assert )[^\n]*\) (?:call|await) not found|\A(?:Calls|Awaits) not found"
    r"|where (?:\d+|False|None) = <\w*Mock .{0,200}>\.(?:call|await)"
)
_SERIALIZED = (
    r"(?i)not (?:json |msgpack |yaml )?serializable|cannot pickle|can ?not serialize|can't pickle"
    r"|^can't get local object|^circular reference detected|^keys must be str, int"
    r"|^out of range float values are not json compliant"
)
_PATCHERS = (
    r"mock\.py:(?:_importer|_dot_lookup|_get_target|(?:_patch\.)?(?:get_original|__enter__)$|_patch_dict\b)"
    r"|_pytest/monkeypatch\.py:"
)

ASKS_TO_INSTALL = (
    r"(?i)\bdo you have [`'\"]?(?P<asked>[\w-]+)[`'\"]? installed|\bpip install ['\"]?(?P<pip>[\w.-]+)"
    r"|\b(?P<missing>[\w-]+) (?:is not|isn't|must be|needs to be|has to be) installed\b"
)
"""What a library says where a package that it can use is not there."""

BUILT_IN: tuple[Category, ...] = (
    # --- what stops a file or the whole run -----------------------------------------
    Category(
        "syntax-error",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "A file is not valid Python.",
        "Fix the syntax of `{symbol}`.",
        matches=(Match(types=("SyntaxError", "IndentationError", "TabError")),),
        slug="{symbol}-syntax",
        cause="`{symbol}` is not valid Python.",
        example="def test_it(:\n    pass\n",
    ),
    Category(
        "duplicate-basename",
        Kind.UNCOLLECTABLE,
        Priority.P2,
        "Two test files of the same name are taken for one module.",
        "Give one of the files another name, or both folders an `__init__.py`.",
        matches=(Match(shapes=(Shape.DUPLICATE_BASENAME,)),),
        slug="{subject}-duplicate-basename",
        cause="Two test files share one module name.",
    ),
    Category(
        "import-cycle",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "Two modules import each other before either is ready.",
        "Break the cycle: import `{symbol}` inside the function that needs it, or move it to a third module.",
        matches=(Match(shapes=(Shape.IMPORT_CYCLE,)),),
        slug="{symbol}-import-cycle",
        cause="`{symbol}` is imported while its module is still being imported.",
        example=(
            "from test_import_cycle import late\n\n\n"
            "def late():\n    pass\n\n\n"
            "def test_it():\n    late()\n"
        ),
    ),
    Category(
        "patch-target-missing",
        Kind.FAILING,
        Priority.P2,
        "A test patches something that is not there any more.",
        "Point the patch at where `{symbol}` lives now.",
        matches=(
            Match(shapes=(Shape.PATCH_TARGET,)),
            Match(
                types=("AttributeError", "ModuleNotFoundError", "ImportError"),
                through=f"(?m){_PATCHERS}",
                phases=(Phase.SETUP, Phase.CALL),
            ),
        ),
        slug="{symbol}-patch-target",
        cause="A test patches `{symbol}`, which does not exist.",
        example=(
            "from unittest.mock import patch\n\n\n"
            "def test_it():\n    with patch('json.no_such_target'):\n        pass\n"
        ),
    ),
    Category(
        "import-name-missing",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "A module no longer has a name that is imported from it.",
        "Restore `{symbol}`, or import the name from where it lives now.",
        matches=(Match(shapes=(Shape.IMPORT_NAME,)),),
        slug="{symbol}-import",
        cause="`{symbol}` does not exist where it is imported from.",
        example="from email import no_such_name\n",
    ),
    Category(
        "binary-mismatch",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "A compiled module was built for another version of what it uses.",
        "Reinstall what is compiled so that its versions fit one another, numpy and what is built on it first.",
        matches=(
            Match(
                message=r"may indicate binary incompatibility|compiled using NumPy \d|numpy\.core\.(?:multiarray|umath) failed to import"
                r"|compiled against (?:ABI|API) version|: undefined symbol: |: symbol not found|version `GLIBC(?:XX)?_[\d.]+' not found"
                r"|incompatible architecture|wrong ELF class|invalid ELF header",
                unless=_VERDICTS,
            ),
        ),
        slug="{subject}-binary-mismatch",
        cause="What is compiled around `{symbol}` does not fit together: one part was built for another version.",
        example="def test_it():\n    raise ImportError('numpy.core.multiarray failed to import')\n",
        naming=r"/(?:site|dist)-packages/(\w+)|^(numpy)\.",
        cause_at="A compiled module was built for another version of what it uses.",
    ),
    Category(
        "system-library-missing",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "A library of the system, which a compiled module needs, is not there.",
        "Install the package of the system that brings `{symbol}` where the tests run.",
        matches=(
            Match(
                message=r"cannot open shared object file|DLL load failed|Library not loaded: |^cannot load library '",
                unless=_VERDICTS,
            ),
        ),
        slug="{symbol}-system-library",
        cause="The system's library `{symbol}` is not there.",
        example="def test_it():\n    raise ImportError('libxmlsec1.so.1: cannot open shared object file: No such file or directory')\n",
        naming=r"\b(lib[\w+.-]+?\.so[\d.]*|lib[\w+.-]+?\.dylib)|^cannot load library '([^']+)'",
        local=True,
        cause_at="A library of the system, which a compiled module needs, is not there.",
        next_step_at="Read which one it is, and install the package of the system that brings it.",
    ),
    Category(
        "import-error",
        Kind.UNCOLLECTABLE,
        Priority.P1,
        "A module cannot be imported.",
        "Restore `{symbol}`, or correct the import; if it is a package, install it.",
        matches=(
            Match(shapes=(Shape.IMPORT_MODULE,)),
            Match(types=("ImportError", "ModuleNotFoundError")),
            Match(message=ASKS_TO_INSTALL, unless=_VERDICTS),
        ),
        slug="{symbol}-import",
        cause="`{symbol}` cannot be imported.",
        example="import no_such_module\n",
        cause_at="What `{symbol}` needs cannot be imported, or is not installed.",
        next_step_at="Read what is missing; if it is a package, install it.",
    ),
    Category(
        "interrupted",
        Kind.FAILING,
        Priority.P3,
        "The run was stopped while this test ran: by its time, by Ctrl-C or by `pytest.exit`.",
        "Run the test alone to see whether it hangs, or was only the one that was running.",
        matches=(
            Match(facts=(("stopped", "."),)),
            Match(types=("_pytest.outcomes.Exit", "Exit", "KeyboardInterrupt")),
        ),
        slug="{subject}-interrupted",
        cause="The run was stopped while the test ran; the test itself says nothing.",
        example="import pytest\n\n\ndef test_it():\n    pytest.exit('enough')\n",
    ),
    Category(
        "worker-crash",
        Kind.FAILING,
        Priority.P1,
        "The process that ran the test died.",
        "Run the test alone with `-p no:xdist -s`: the stack that Python prints leads to what ended it.",
        matches=(
            Match(
                message=r"worker '\w+' crashed|(?i:segmentation fault|core dumped)"
                r"|\b[Ii]ts process (?:ended before it did|ended with exit status|was killed by)",
                unless=_COMPARED,
            ),
            Match(facts=(("crash", "."),)),
        ),
        slug="{subject}-worker-crash",
        cause="The process that ran it died.",
        example="import os\n\n\ndef test_it():\n    os._exit(3)\n",
    ),
    Category(
        "out-of-memory",
        Kind.FAILING,
        Priority.P1,
        "The machine, or a limit on it, had no memory left.",
        "Find what grows: run one of its tests alone and watch its memory.",
        matches=(
            Match(types=("MemoryError",)),
            Match(
                message=r"(?i)cannot allocate memory|\[errno 12\]|\bout of memory\b",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-out-of-memory",
        cause="Memory ran out.",
        example="def test_it():\n    raise MemoryError\n",
        local=True,
    ),
    Category(
        "disk-full",
        Kind.FAILING,
        Priority.P2,
        "The disk, or a quota on it, is full.",
        "Free space on the machine that ran the tests, then run them again.",
        matches=(
            Match(
                message=r"(?i)\[errno (?:28|122)\]|no space left on device|disk quota exceeded"
                r"|(?:database or )?disk is full",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-disk-full",
        cause="There is no space left on the disk.",
        example="import errno\n\n\ndef test_it():\n    raise OSError(errno.ENOSPC, 'No space left on device')\n",
        local=True,
    ),
    # --- the machine: not the code -----------------------------------------------------
    Category(
        "too-many-open-files",
        Kind.FAILING,
        Priority.P1,
        "The process has as many files and sockets open as it may.",
        "Find what is opened and never closed, such as clients and servers that a fixture leaves; `lsof -p PID` lists them while a test runs.",
        matches=(Match(message=r"(?i)\[errno (?:24|23)\]|too many open files", unless=_COMPARED),),
        slug="{subject}-too-many-open-files",
        cause="No more files or sockets can be opened.",
        example="import errno\n\n\ndef test_it():\n    raise OSError(errno.EMFILE, 'Too many open files')\n",
    ),
    Category(
        "region-missing",
        Kind.FAILING,
        Priority.P2,
        "A cloud's client is given no region.",
        "Set a region for the tests in a fixture (`AWS_DEFAULT_REGION` with `monkeypatch.setenv`), or pass one to the client.",
        matches=(Match(types=("NoRegionError",), chained=True),),
        slug="{subject}-region-missing",
        cause="The client of a cloud is given no region.",
        example="class NoRegionError(Exception):\n    pass\n\n\ndef test_it():\n    raise NoRegionError('You must specify a region.')\n",
        local=True,
    ),
    Category(
        "credentials-missing",
        Kind.FAILING,
        Priority.P2,
        "A cloud's client finds no credentials, or no project to use them in.",
        "Give the tests dummy credentials in a fixture, or put a fake in the place of the client: a test should not reach an account.",
        matches=(
            Match(
                chained=True,
                types=(
                    "NoCredentialsError",
                    "PartialCredentialsError",
                    "CredentialRetrievalError",
                    "botocore.exceptions.ProfileNotFound",
                    "TokenRetrievalError",
                    "SSOTokenLoadError",
                    "DefaultCredentialsError",
                    "CredentialUnavailableError",
                ),
            ),
            Match(
                message=r"(?i)unable to locate credentials|default credentials were not found|could not automatically determine credentials",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-credentials-missing",
        cause="There are no credentials for the cloud that is asked.",
        example="class NoCredentialsError(Exception):\n    pass\n\n\ndef test_it():\n    raise NoCredentialsError('Unable to locate credentials')\n",
        local=True,
    ),
    Category(
        "service-unavailable",
        Kind.FAILING,
        Priority.P2,
        "A service that the tests need (Docker, a database, a broker) is not there.",
        "Start the service, or mark these tests so that they run only where it exists.",
        matches=(
            Match(message=_SERVICE, unless=_COMPARED, chained=True),
            Match(
                chained=True,
                types=(
                    "docker.errors.DockerException",
                    "redis.exceptions.ConnectionError",
                    "pymongo.errors.ServerSelectionTimeoutError",
                    "kafka.errors.NoBrokersAvailable",
                    "pika.exceptions.AMQPConnectionError",
                    "psycopg2.OperationalError",
                    "psycopg.OperationalError",
                    "elastic_transport.ConnectionError",
                    "elasticsearch.exceptions.ConnectionError",
                ),
            ),
        ),
        slug="{subject}-service-unavailable",
        cause="A service that the tests need does not answer.",
        example=(
            "def test_it():\n"
            "    raise RuntimeError('Cannot connect to the Docker daemon at unix:///var/run/docker.sock.')\n"
        ),
        local=True,
    ),
    Category(
        "service-refuses",
        Kind.FAILING,
        Priority.P2,
        "A service that the tests need answers, and refuses.",
        "Read its answer: often the user, the password, the database or the kind of server that the tests use is another one.",
        matches=(
            Match(
                message=r"^(?:NOAUTH|WRONGPASS|READONLY|NOPERM|MISCONF|LOADING|CLUSTERDOWN|CROSSSLOT)\b",
                unless=_COMPARED,
            ),
            Match(
                types=(
                    "redis.exceptions.AuthenticationError",
                    "redis.exceptions.ReadOnlyError",
                    "redis.exceptions.NoPermissionError",
                    "redis.exceptions.BusyLoadingError",
                    "pymongo.errors.OperationFailure",
                    "pika.exceptions.ProbableAuthenticationError",
                    "pika.exceptions.ProbableAccessDeniedError",
                )
            ),
        ),
        slug="{subject}-service-refuses",
        cause="A service answers, and refuses what it is asked.",
        example="class ResponseError(Exception):\n    pass\n\n\ndef test_it():\n    raise ResponseError('NOAUTH Authentication required.')\n",
    ),
    Category(
        "connection-refused",
        Kind.FAILING,
        Priority.P2,
        "Nothing listens where the test connects to.",
        "Start what should listen there, or replace the connection in the test by a local one.",
        matches=(
            Match(types=("ConnectionRefusedError",)),
            Match(types=("FileNotFoundError",), facts=(("address", "."),)),
            Match(message=REFUSED, unless=_COMPARED),
        ),
        slug="{subject}-connection-refused",
        cause="A connection was refused: nothing listens there.",
        example=(
            "import socket\n\n\n"
            "def test_it():\n"
            "    with socket.socket() as free:\n"
            "        free.bind(('127.0.0.1', 0))\n"
            "        socket.create_connection(free.getsockname(), timeout=2)\n"
        ),
        local=True,
    ),
    Category(
        "host-not-found",
        Kind.FAILING,
        Priority.P2,
        "The name of a host cannot be resolved: there is no network, or no such host.",
        "Replace the connection in the test by a local one, or run these tests where there is a network.",
        matches=(Match(types=("gaierror",)), Match(message=_UNRESOLVED, unless=_COMPARED)),
        slug="{subject}-host-not-found",
        cause="The name of a host cannot be resolved.",
        example=(
            "import socket\n\n\n"
            "def test_it():\n    socket.create_connection(('no-such-host.invalid', 80), timeout=2)\n"
        ),
        local=True,
    ),
    Category(
        "port-in-use",
        Kind.FAILING,
        Priority.P2,
        "A port is taken, often by an earlier test that did not close it.",
        "Bind to port 0, and close servers in a fixture's teardown.",
        matches=(
            Match(message=r"(?i)\[errno (?:98|48)\]|address already in use", unless=_COMPARED),
        ),
        slug="{subject}-port-in-use",
        cause="An address is already in use.",
        example=(
            "import socket\n\n\n"
            "def test_it():\n"
            "    with socket.socket() as one, socket.socket() as other:\n"
            "        one.bind(('127.0.0.1', 0))\n"
            "        one.listen()\n"
            "        other.bind(one.getsockname())\n"
        ),
    ),
    Category(
        "environment-missing",
        Kind.FAILING,
        Priority.P2,
        "An environment variable that the code needs is not set.",
        "Set `{symbol}` for the tests (a fixture with `monkeypatch.setenv`), or give it a default.",
        matches=(
            Match(
                types=("KeyError",),
                message=r"^'\w+'$",
                deepest=r"(?:^|[/\\])os\.py:|^<frozen os>:",
            ),
            Match(
                types=("ValidationError",),
                message=r"(?i)\bfield required\b",
                through=r"(?m)pydantic_settings/|pydantic/env_settings\.py:",
            ),
            Match(
                message=r"(?i)environment variables? \S{1,80} (?:(?:is|are|was|has|must|needs?) )?(?:not |to )?(?:be )?"
                r"(?:set|missing|required|undefined|defined|found|empty)\b"
                r"|environment variable is (?:not|missing|required|undefined|empty)"
                r"|missing (?:required )?environment variable",
                unless=_COMPARED,
            ),
        ),
        slug="{symbol}-environment-missing",
        cause="The environment variable `{symbol}` is not set.",
        example="import os\n\n\ndef test_it():\n    os.environ['NO_SUCH_VARIABLE']\n",
        local=True,
        naming=r"^'(\w+)'$|\A\d+ validation errors? for \w+\s+(\w+)\s+(?i:field required)|(?i:environment variables?:? )['\"`]?([A-Z_][A-Z0-9_]+)|\b([A-Z_][A-Z0-9_]+)\b['\"`]? (?i:environment variable)",
        cause_at="An environment variable is not set.",
        next_step_at="Set it for the tests (a fixture with `monkeypatch.setenv`), or give it a default.",
    ),
    Category(
        "settings-missing",
        Kind.FAILING,
        Priority.P1,
        "The settings of a framework are not there when the code asks for them.",
        "Name the settings where pytest starts, such as `DJANGO_SETTINGS_MODULE` in its configuration with pytest-django, or call `settings.configure()` in the conftest.",
        matches=(
            Match(
                types=("ImproperlyConfigured",),
                message=r"settings are not configured|SECRET_KEY setting|DJANGO_SETTINGS_MODULE",
            ),
            Match(types=("AppRegistryNotReady",)),
        ),
        slug="{subject}-settings-missing",
        cause="The setting `{symbol}` is read before settings are configured.",
        cause_at="Settings are read before they are configured.",
        example="class ImproperlyConfigured(Exception):\n    pass\n\n\ndef test_it():\n    raise ImproperlyConfigured('Requested setting DEBUG, but settings are not configured. You must define DJANGO_SETTINGS_MODULE.')\n",
        naming="Requested settings? (\\w+),",
    ),
    Category(
        "display-missing",
        Kind.FAILING,
        Priority.P2,
        "There is no screen to draw on.",
        "Run the tests under `xvfb-run` or with an offscreen platform (`QT_QPA_PLATFORM=offscreen`, matplotlib's `Agg`), or skip them where there is no display.",
        matches=(
            Match(
                message=r"(?i)no \$DISPLAY environment variable|(?:could ?n[o']t|cannot|can't|unable to) (?:connect to|open) (?:x )?display|no display name",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-display-missing",
        cause="There is no display.",
        example="class TclError(Exception):\n    pass\n\n\ndef test_it():\n    raise TclError('no display name and no $DISPLAY environment variable')\n",
        local=True,
    ),
    Category(
        "locale-missing",
        Kind.FAILING,
        Priority.P3,
        "The machine does not have a locale that is set.",
        "Install the locale where the tests run, set one that is everywhere (`C.UTF-8`), or skip these tests without it.",
        matches=(Match(message=r"^unsupported locale setting", unless=_COMPARED),),
        slug="{subject}-locale-missing",
        cause="A locale is not installed.",
        example="class Error(Exception):\n    pass\n\n\ndef test_it():\n    raise Error('unsupported locale setting')\n",
        local=True,
    ),
    Category(
        "time-zone-unknown",
        Kind.FAILING,
        Priority.P2,
        "A time zone is not known by its name.",
        "Correct the name; where the machine has no time zones at all, install `tzdata`.",
        matches=(Match(types=("ZoneInfoNotFoundError", "UnknownTimeZoneError")),),
        slug="{symbol}-time-zone-unknown",
        cause="There is no time zone `{symbol}`.",
        cause_at="A time zone is not known.",
        naming="with key ([\\w/+-]+)|^'([\\w/+-]+)'$",
        example="from zoneinfo import ZoneInfo\n\n\ndef test_it():\n    ZoneInfo('Europe/Nowhere')\n",
    ),
    Category(
        "tls-failure",
        Kind.FAILING,
        Priority.P2,
        "A TLS connection cannot be made: a certificate is not trusted, or the two sides do not fit.",
        "Let the test trust the certificate of its own server (an `SSLContext` with its CA), see whether a certificate of the tests has expired, and update the CA bundle of the machine.",
        matches=(
            Match(
                types=("SSLError", "SSLCertVerificationError", "SSLEOFError", "CertificateError")
            ),
            Match(message=r"\[SSL: \w+\]|certificate verify failed", unless=_COMPARED),
        ),
        slug="{subject}-tls-failure",
        cause="A TLS connection fails with `{symbol}`.",
        cause_at="A TLS connection cannot be made.",
        naming="\\[SSL: (\\w+)\\]",
        example="import ssl\n\n\ndef test_it():\n    raise ssl.SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1006)')\n",
    ),
    Category(
        "permission",
        Kind.FAILING,
        Priority.P2,
        "The tests may not read, write or run something.",
        "Write only below `tmp_path`, or give the tests the right they need.",
        matches=(
            Match(types=("PermissionError",)),
            Match(message=r"\[Errno (?:1|13|30)\]", unless=_COMPARED),
        ),
        slug="{subject}-permission",
        cause="The operating system denied access.",
        example="def test_it():\n    raise PermissionError(13, 'Permission denied', '/etc/shadow')\n",
        local=True,
    ),
    Category(
        "hypothesis-deadline",
        Kind.FAILING,
        Priority.P3,
        "One example of a Hypothesis test took longer than its deadline.",
        "See whether the first call is slow only because it warms something up; if so, do that before, or set `deadline=None` for this test.",
        matches=(
            Match(types=("DeadlineExceeded",), message="exceeds the deadline of", chained=True),
        ),
        slug="{subject}-hypothesis-deadline",
        cause="An example took longer than Hypothesis allows.",
        example="class DeadlineExceeded(Exception):\n    pass\n\n\ndef test_it():\n    raise DeadlineExceeded('Test took 250.12ms, which exceeds the deadline of 200.00ms.')\n",
    ),
    Category(
        "hypothesis-arguments",
        Kind.FAILING,
        Priority.P2,
        "Hypothesis is given arguments that it does not take.",
        "Correct the strategy, or the names that `@given` gives to the test, as the message says.",
        matches=(Match(types=("hypothesis.errors.InvalidArgument",)),),
        slug="{subject}-hypothesis-arguments",
        cause="Hypothesis does not take what a strategy or `@given` is given.",
        example=(
            "from hypothesis import given, strategies\n\n\n"
            "@given(other=strategies.integers())\ndef test_it(number):\n    pass\n"
        ),
    ),
    Category(
        "hypothesis-flaky",
        Kind.FAILING,
        Priority.P1,
        "A Hypothesis test fails with an example and passes with the same one again.",
        "Look for state that outlives one example: globals, caches, a fixture that is set up once for all examples, time and randomness.",
        matches=(
            Match(
                types=(
                    "Flaky",
                    "FlakyFailure",
                    "FlakyReplay",
                    "FlakyStrategyDefinition",
                    "FlakyBackendFailure",
                ),
                chained=True,
            ),
        ),
        slug="{subject}-hypothesis-flaky",
        cause="The same example fails and passes: the test depends on more than what Hypothesis gives it.",
        example="class FlakyFailure(Exception):\n    pass\n\n\ndef test_it():\n    raise FlakyFailure('Hypothesis test_it(x=3) produces unreliable results')\n",
    ),
    Category(
        "hypothesis-health-check",
        Kind.FAILING,
        Priority.P2,
        "Hypothesis refuses to run a test whose examples are too slow, too large or nearly all rejected.",
        "Narrow the strategy instead of filtering with `assume`, or suppress the health check that the message names.",
        matches=(
            Match(
                types=(
                    "FailedHealthCheck",
                    "hypothesis.errors.Unsatisfiable",
                    "hypothesis.errors.Unsatisfied",
                )
            ),
        ),
        slug="{subject}-hypothesis-health-check",
        cause="Hypothesis cannot make good examples for the test.",
        example="class FailedHealthCheck(Exception):\n    pass\n\n\ndef test_it():\n    raise FailedHealthCheck('It looks like your strategy is filtering out a lot of data.')\n",
    ),
    Category(
        "timeout",
        Kind.FAILING,
        Priority.P1,
        "Something took longer than it may.",
        "Find what it waits for: run one of its tests alone with `-o faulthandler_timeout=5`.",
        matches=(
            Match(facts=(("timeout", "."),)),
            Match(
                types=(
                    "TimeoutError",
                    "Timeout",
                    "TimeoutExpired",
                    "TimeoutException",
                    "ReadTimeout",
                    "WriteTimeout",
                    "ConnectTimeout",
                    "PoolTimeout",
                    "ServerTimeoutError",
                    "ConnectionTimeoutError",
                    "SocketTimeoutError",
                    "TooSlowError",
                    "socket.timeout",
                )
            ),
            Match(types=("Failed",), message=r"^Timeout (?:>|\(>)"),
            Match(message=r"StatusCode\.DEADLINE_EXCEEDED", unless=_COMPARED),
        ),
        slug="{subject}-timeout",
        cause="What the test waits for did not happen in time.",
        example=(
            "import asyncio\n\n\n"
            "def test_it():\n"
            "    asyncio.run(asyncio.wait_for(asyncio.sleep(5), 0.01))\n"
        ),
    ),
    # --- how the test is set up ---------------------------------------------------------
    Category(
        "websocket-rejected",
        Kind.FAILING,
        Priority.P1,
        "A server refused the handshake of a WebSocket.",
        "Compare the path, origin, token and subprotocol that the test sends with what the server asks for; 403 is also what an application gives that closes before it accepts.",
        matches=(
            Match(
                types=(
                    "websockets.exceptions.InvalidStatus",
                    "websockets.exceptions.InvalidStatusCode",
                    "WSServerHandshakeError",
                    "WebSocketBadStatusException",
                    "WebSocketDenialResponse",
                    "RejectConnection",
                )
            ),
            Match(
                message=r"server rejected WebSocket connection|(?i:websocket handshake) (?:failed|rejected)|Handshake status \d{3}",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-websocket-rejected",
        cause="The server refused the WebSocket handshake with status {symbol}.",
        example="class InvalidStatus(Exception):\n    pass\n\n\ndef test_it():\n    raise InvalidStatus('server rejected WebSocket connection: HTTP 403')\n",
        naming="(?:HTTP|status(?: code)?|Handshake status)[ =:]*(\\d{3})\\b|\\A(\\d{3}), message=",
        cause_at="The server refused the WebSocket handshake.",
    ),
    Category(
        "websocket-closed",
        Kind.FAILING,
        Priority.P1,
        "A WebSocket was closed while the test still used it.",
        "Read the server's log for why it closed: 1008 is a policy such as a missing login, 1011 an error in its handler, 1006 an end without a closing handshake.",
        matches=(
            Match(
                chained=True,
                types=("ConnectionClosed", "ConnectionClosedError", "ConnectionClosedOK"),
                message=r"\b(?:received|sent) [14]\d{3}\b|no close frame|CloseReason",
            ),
            Match(
                chained=True,
                types=(
                    "websockets.exceptions.ConnectionClosed",
                    "websockets.exceptions.ConnectionClosedError",
                    "websockets.exceptions.ConnectionClosedOK",
                    "WebSocketDisconnect",
                    "WebSocketConnectionClosedException",
                    "WebSocketNetworkError",
                ),
            ),
        ),
        slug="{subject}-websocket-closed",
        cause="The WebSocket was closed with code {symbol}.",
        example="class ConnectionClosedError(Exception):\n    pass\n\n\ndef test_it():\n    raise ConnectionClosedError('received 1011 (internal error); then sent 1011 (internal error)')\n",
        naming="(?:received |sent |code[ =]|\\A\\(?)([14]\\d{3})\\b",
        cause_at="The WebSocket was closed while it was still used.",
    ),
    Category(
        "nose-setup-not-run",
        Kind.FAILING,
        Priority.P1,
        "Test classes count on nose's `setup`, which pytest runs before version 8 only.",
        "Rename `setup` to `setup_method` in `{symbol}` and in all classes like it, and `teardown` to `teardown_method`.",
        matches=(Match(shapes=(Shape.SETUP_NOT_RUN,), facts=(("setup", r"\.setup\Z"),)),),
        slug="nose-setup-not-run",
        cause="pytest does not run nose's `setup` of a class since version 8; `{symbol}` has one.",
        example=(
            "class TestIt:\n"
            "    def setup(self):\n        self.client = object()\n\n"
            "    def test_it(self):\n        assert self.client\n"
        ),
    ),
    Category(
        "testcase-setup-not-run",
        Kind.FAILING,
        Priority.P1,
        "A test class counts on `setUp`, or on methods of `unittest`, but is no `unittest.TestCase`.",
        "Derive `{symbol}` from `unittest.TestCase`, or rename `setUp` to `setup_method` and use plain `assert`.",
        matches=(Match(shapes=(Shape.SETUP_NOT_RUN,)),),
        slug="{symbol}-setup-not-run",
        cause="`{symbol}` is no `unittest.TestCase`: its `setUp` never runs, and it has none of unittest's methods.",
        example=(
            "class TestIt:\n"
            "    def setUp(self):\n        self.client = object()\n\n"
            "    def test_it(self):\n        assert self.client\n"
        ),
    ),
    Category(
        "test-attribute-missing",
        Kind.FAILING,
        Priority.P1,
        "A test lacks an attribute of its own that its set-up should have given it.",
        "See that the set-up of `{symbol}` runs: pytest calls `setUp` of a `unittest.TestCase` only, else `setup_method` and fixtures.",
        matches=(Match(shapes=(Shape.OWN_ATTRIBUTE,)),),
        slug="{symbol}-attribute-not-set",
        cause="A test of `{symbol}` lacks what its set-up should have given it.",
    ),
    Category(
        "fixture-missing",
        Kind.FAILING,
        Priority.P1,
        "A fixture that a test asks for does not exist.",
        "Restore the fixture `{symbol}`, or install the plugin that brings it.",
        matches=(Match(shapes=(Shape.FIXTURE,)),),
        slug="{symbol}-fixture-missing",
        cause="There is no fixture `{symbol}`.",
        example="def test_it(no_such_fixture):\n    pass\n",
    ),
    Category(
        "fixture-scope",
        Kind.FAILING,
        Priority.P1,
        "A fixture asks for another one that lives shorter than itself.",
        "Widen the scope of `{symbol}`, or narrow that of the fixture that asks for it.",
        matches=(Match(shapes=(Shape.FIXTURE_SCOPE,)), Match(message=r"^ScopeMismatch")),
        slug="{symbol}-fixture-scope",
        cause="`{symbol}` is asked for by a fixture of a wider scope.",
        example=(
            "import pytest\n\n\n"
            "@pytest.fixture\ndef narrow():\n    return 1\n\n\n"
            "@pytest.fixture(scope='session')\ndef wide(narrow):\n    return narrow\n\n\n"
            "def test_it(wide):\n    pass\n"
        ),
    ),
    Category(
        "async-not-supported",
        Kind.FAILING,
        Priority.P1,
        "An async test, or an async fixture, runs without a plugin that knows how.",
        'Install and configure pytest-asyncio (`asyncio_mode = "auto"`) or anyio\'s plugin.',
        matches=(
            Match(
                message=r"async def functions are not natively supported|requested an async fixture"
            ),
            Match(facts=(("async_fixture", "."),)),
        ),
        cause="No plugin runs async tests.",
        slug="async-not-supported",
        example="import pytest\n\n\ndef test_it():\n    pytest.fail('async def functions are not natively supported.')\n",
    ),
    Category(
        "marker-or-config",
        Kind.FAILING,
        Priority.P2,
        "A marker, a fixture or a setting of pytest is unknown or used wrongly.",
        "Correct it as the message says; register the marker if it is unknown.",
        matches=(
            Match(
                types=(
                    "PytestUnknownMarkWarning",
                    "UsageError",
                    "PytestConfigWarning",
                    "PytestRemovedIn8Warning",
                    "PytestRemovedIn9Warning",
                    "PytestRemovedIn10Warning",
                    "PytestReturnNotNoneWarning",
                )
            ),
            Match(
                message=r"not found in `markers` configuration option|[Uu]nknown config option"
                r"|in \"parametrize\" the number of|: function (?:uses no|already takes an) (?:argument|fixture)"
                r"|duplicate parametri[sz]ation|Marks cannot be applied to fixtures"
                r"|\bmark\.\w+ accepts only|^Fixture \"\w+\" called directly|^cannot discover fixture "
            ),
            Match(types=("Failed",), phases=(Phase.COLLECT,)),
        ),
        warns=(Match(types=("PytestUnknownMarkWarning", "PytestConfigWarning")),),
        slug="{subject}-marker-or-config",
        cause="pytest refuses how a marker, a fixture or a setting is used.",
        example=(
            "import pytest\n\n\n"
            "@pytest.mark.parametrize('one, two', [(1,)])\ndef test_it(one, two):\n    pass\n"
        ),
    ),
    Category(
        "event-loop",
        Kind.FAILING,
        Priority.P1,
        "An event loop is closed, is another one, is not there, or a coroutine is not awaited.",
        "Create what belongs to the loop inside the test's loop, and await every coroutine.",
        matches=(
            Match(message=f"(?i){_LOOP}", unless=_COMPARED),
            Match(types=("AttributeError", "TypeError"), message=_COROUTINE),
            Match(types=_COMPARED, message=_COROUTINE_COMPARED),
        ),
        slug="{subject}-event-loop",
        cause="The event loop is not the one that is needed, or a coroutine is not awaited.",
        example=(
            "import asyncio\n\n\n"
            "def test_it():\n"
            "    loop = asyncio.new_event_loop()\n    loop.close()\n"
            "    loop.call_soon(print)\n"
        ),
    ),
    Category(
        "not-awaitable",
        Kind.FAILING,
        Priority.P2,
        "Something is awaited that is not asynchronous, often a plain mock.",
        "Make it asynchronous, or replace the mock by an `AsyncMock`.",
        matches=(Match(types=("TypeError", "AttributeError"), message=_NOT_AWAITABLE),),
        slug="{symbol}-not-awaitable",
        cause="What is awaited is not asynchronous.",
        example=(
            "import asyncio\nfrom unittest.mock import Mock\n\n\n"
            "async def send(connection):\n    await connection.send('x')\n\n\n"
            "def test_it():\n    asyncio.run(send(Mock()))\n"
        ),
    ),
    # --- mocks -----------------------------------------------------------------------------
    Category(
        "mock-assertion-misspelt",
        Kind.FAILING,
        Priority.P2,
        "A test asks a mock for an assertion that does not exist.",
        "Write the assertion as `unittest.mock` has it, such as `assert_called_once_with`.",
        matches=(Match(types=("AttributeError",), message=_MOCK_ASSERTION),),
        slug="{subject}-mock-assertion-misspelt",
        cause="There is no such assertion on a mock, so what it should check is not checked.",
        example=(
            "from unittest.mock import Mock\n\n\ndef test_it():\n    Mock().assert_caled_once()\n"
        ),
    ),
    Category(
        "mock-interface-mismatch",
        Kind.FAILING,
        Priority.P2,
        "A mock with a spec is asked for an attribute that the real class does not have.",
        "Bring the mock and the real interface together: the attribute `{symbol}` is on only one of them.",
        matches=(Match(shapes=(Shape.MOCK_ATTRIBUTE,)),),
        cause="The spec of a mock has no attribute `{symbol}`.",
        example=(
            "from unittest.mock import Mock\n\n\n"
            "class Manager:\n    pass\n\n\n"
            "def test_it():\n    Mock(spec=Manager).is_healthy()\n"
        ),
    ),
    Category(
        "mock-not-called",
        Kind.FAILING,
        Priority.P2,
        "A mock was not called as the test expects.",
        "Follow the path from the call in the test to where `{symbol}` should be called.",
        matches=(
            Match(shapes=(Shape.MOCK_CALL,)),
            Match(types=("AssertionError",), message=f"(?m){_MOCK_CALLS}"),
        ),
        slug="{symbol}-not-called",
        cause="`{symbol}` was not called as expected.",
        example=(
            "from unittest.mock import Mock\n\n\n"
            "def test_it():\n    Mock(name='send').assert_called_once()\n"
        ),
        naming=r"[Ee]xpected '?([\w.]+)'? to (?:be|have been|not have been) (?:called|awaited)",
        cause_at="A mock was not called as expected.",
        next_step_at="Follow the path from the call in the test to where the mock should be called.",
    ),
    # --- interfaces that changed ---------------------------------------------------------
    Category(
        "constructor-missing-arguments",
        Kind.FAILING,
        Priority.P1,
        "A constructor has required arguments that its callers do not pass.",
        "Pass the new arguments at the call sites, or give them defaults in `{symbol}`.",
        matches=(
            Match(
                shapes=(Shape.MISSING_ARGUMENTS,),
                facts=(("callable", r"(^|[.:])(__(init|new|post_init)__|[A-Z]\w*)$"),),
            ),
        ),
        slug="{symbol}-constructor",
        cause="`{symbol}` requires arguments that its callers do not pass.",
        example=(
            "class Connection:\n    def __init__(self, user):\n        self.user = user\n\n\n"
            "def test_it():\n    Connection()\n"
        ),
        naming=r"([\w.<>]+)\(\) (?:missing|takes|got)",
    ),
    Category(
        "missing-arguments",
        Kind.FAILING,
        Priority.P1,
        "A function is called with fewer or more arguments than it takes.",
        "Bring the call sites and the signature of `{symbol}` together.",
        matches=(
            Match(shapes=(Shape.MISSING_ARGUMENTS, Shape.TOO_MANY_ARGUMENTS)),
            Match(
                types=("TypeError",),
                message=r"\(\) takes no arguments|^too many positional arguments",
            ),
        ),
        slug="{symbol}-arguments",
        cause="`{symbol}` is called with other arguments than its signature takes.",
        example="def send(text):\n    pass\n\n\ndef test_it():\n    send()\n",
        naming=r"([\w.<>]+)\(\) (?:missing|takes|got)",
    ),
    Category(
        "unexpected-keyword-argument",
        Kind.FAILING,
        Priority.P1,
        "A call passes a keyword that the function does not take.",
        "Rename or drop the keyword at the call sites, or take it again in `{symbol}`.",
        matches=(
            Match(shapes=(Shape.UNEXPECTED_ARGUMENT,)),
            Match(
                types=("TypeError",),
                message=r"^got an unexpected keyword argument '|is an invalid keyword argument for"
                r"|\(\) takes no keyword arguments",
            ),
        ),
        slug="{symbol}-keyword",
        cause="`{symbol}` does not take a keyword that its callers pass.",
        example="def send(text):\n    pass\n\n\ndef test_it():\n    send('x', retries=2)\n",
        naming=r"([\w.<>]+)\(\) (?:missing|takes|got)",
    ),
    Category(
        "abstract-method-missing",
        Kind.FAILING,
        Priority.P1,
        "A class does not implement an abstract method of its base.",
        "Implement the abstract methods in `{symbol}`.",
        matches=(Match(shapes=(Shape.ABSTRACT,)),),
        slug="{symbol}-abstract",
        cause="`{symbol}` lacks an abstract method of its base.",
        example=(
            "import abc\n\n\n"
            "class Store(abc.ABC):\n    @abc.abstractmethod\n    def get(self): ...\n\n\n"
            "def test_it():\n    Store()\n"
        ),
        naming=r"abstract class '?(\w+)",
    ),
    Category(
        "serialization-error",
        Kind.FAILING,
        Priority.P1,
        "Something cannot be turned into or read from JSON, pickle or the like.",
        "Convert the `{symbol}` before it is serialized, or give the encoder a way to write it.",
        matches=(
            Match(shapes=(Shape.JSON,)),
            Match(
                types=(
                    "JSONDecodeError",
                    "PicklingError",
                    "UnpicklingError",
                    "PydanticSerializationError",
                    "DecodeError",
                    "EncodeError",
                ),
                unless=("jwt.exceptions.DecodeError",),
            ),
            Match(message=_SERIALIZED, unless=_COMPARED),
        ),
        slug="{symbol}-serialization",
        cause="A `{symbol}` cannot be serialized.",
        example="import json\n\n\ndef test_it():\n    json.dumps({'at': object()})\n",
        naming=r"type '?([\w.]+)'? is not (?:JSON|MSGPACK|YAML|msgpack|json) serializable|(?:cannot|can't) pickle '?([\w.]+)'? object",
        cause_at="A value cannot be serialized or deserialized at `{symbol}`.",
        next_step_at="Look at the value that is written or was received at `{symbol}`.",
    ),
    Category(
        "naive-time",
        Kind.FAILING,
        Priority.P2,
        "A time with a time zone is compared or subtracted with one without.",
        "Give both a zone: `datetime.now(timezone.utc)` instead of `utcnow()`, and keep the zone where times are read and stored.",
        matches=(Match(types=("TypeError",), message=r"offset-naive and offset-aware"),),
        slug="{subject}-naive-time",
        cause="A time with a time zone meets one without.",
        example="from datetime import datetime, timezone\n\n\ndef test_it():\n    datetime.now(timezone.utc) > datetime(2020, 1, 1)\n",
    ),
    Category(
        "none-value",
        Kind.FAILING,
        Priority.P1,
        "Something is None that should be an object.",
        "See why `{symbol}` gives None, or handle the case where it does.",
        matches=(
            Match(
                types=("AttributeError", "TypeError"),
                message=_NONE,
            ),
        ),
        slug="{symbol}-none-value",
        cause="`{symbol}` gives or holds None where an object is expected.",
        example="def test_it():\n    None.get('x')\n",
        cause_at="A value is None at `{symbol}`.",
        next_step_at="See where the None at `{symbol}` comes from, or handle it there.",
    ),
    Category(
        "missing-attribute",
        Kind.FAILING,
        Priority.P1,
        "An object or module has no attribute of that name.",
        "Restore `{symbol}`, or use the new name where it is asked for.",
        matches=(
            Match(shapes=(Shape.ATTRIBUTE, Shape.MODULE_ATTRIBUTE)),
            Match(types=("AttributeError",)),
        ),
        slug="{symbol}-missing-attribute",
        cause="`{symbol}` does not exist.",
        example="import json\n\n\ndef test_it():\n    json.no_such_name\n",
        cause_at="What is used at `{symbol}` has no attribute of that name.",
        next_step_at="See why `{symbol}` has an object of that type, or use a name that it has.",
    ),
    Category(
        "undefined-name",
        Kind.FAILING,
        Priority.P1,
        "A name is used that is not defined.",
        "Define or import `{symbol}` where it is used.",
        matches=(Match(types=("NameError", "UnboundLocalError")),),
        slug="{symbol}-undefined-name",
        cause="`{symbol}` is not defined where it is used.",
        example="def test_it():\n    no_such_name()\n",
        naming=r"(?:name|variable) '(\w+)'",
    ),
    # --- data --------------------------------------------------------------------------------
    Category(
        "event-serialization-format",
        Kind.FAILING,
        Priority.P1,
        "An enum member is written as `Type.MEMBER` where its value is expected.",
        "Serialize the member's `.value` (or make the enum a `StrEnum`) where the message is built.",
        matches=(Match(shapes=(Shape.ENUM_TEXT,)),),
        cause="`{symbol}` is serialized by its name, not by its value.",
        example=(
            "import enum\n\n\n"
            "class Event(enum.Enum):\n    USER_JOINED = 'user_joined'\n\n\n"
            "def test_it():\n    assert str(Event.USER_JOINED) == 'user_joined'\n"
        ),
    ),
    Category(
        "pydantic-required-field",
        Kind.FAILING,
        Priority.P1,
        "Pydantic 2 requires a field that may be None, where Pydantic 1 gave it the default None.",
        "Give `{symbol}`, and all fields like it, a default: `= None`.",
        matches=(Match(facts=(("required", "."),)),),
        slug="{symbol}-required",
        cause="`{symbol}` may be None and has no default: Pydantic 2 requires it, Pydantic 1 did not.",
        example=(
            "import typing\n\nimport pydantic\n\n\n"
            "class Room(pydantic.BaseModel):\n    topic: typing.Optional[str]\n\n\n"
            "def test_it():\n    Room()\n"
        ),
    ),
    Category(
        "pydantic-validation",
        Kind.FAILING,
        Priority.P1,
        "A Pydantic model refuses its input.",
        "Compare the input with the fields of `{symbol}`; one of the two has changed.",
        matches=(Match(types=("ValidationError",), message=r"\d+ validation errors? for "),),
        slug="{symbol}-validation",
        cause="Input does not fit the model `{symbol}`.",
        example=(
            "class ValidationError(ValueError):\n    pass\n\n\n"
            "def test_it():\n"
            "    raise ValidationError('1 validation error for Message\\nuser\\n  Field required')\n"
        ),
        naming=r"validation errors? for ([\w.]+)",
    ),
    Category(
        "encoding",
        Kind.FAILING,
        Priority.P2,
        "Bytes and text do not fit each other's encoding.",
        "Name the encoding where the file is opened or the bytes are decoded.",
        matches=(
            Match(types=("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError")),
            Match(types=("LookupError",), message=r"^unknown encoding: "),
        ),
        slug="{symbol}-encoding",
        cause="Bytes are decoded with an encoding that is not theirs.",
        example="def test_it():\n    b'\\xff'.decode()\n",
    ),
    Category(
        "program-missing",
        Kind.FAILING,
        Priority.P2,
        "A program that is to be started is not installed, or not on the PATH; or the folder to start it in is not there.",
        "Install `{symbol}` where the tests run, or skip these tests where `shutil.which` does not find it; if it is the folder to start in, make it.",
        matches=(
            Match(
                types=("FileNotFoundError",),
                through=r"(?m)subprocess\.py:(?:Popen\.)?_execute_child$|asyncio/(?:unix_events|base_events)\.py:\S*subprocess",
            ),
        ),
        slug="{symbol}-program-missing",
        cause="A program cannot be started: there is no `{symbol}`.",
        example="import subprocess\n\n\ndef test_it():\n    subprocess.run(['no-such-program'], check=True)\n",
        naming="No such file or directory: '?([^'\\n]+)",
        cause_at="A program that is to be started is not there.",
        next_step_at="Install it where the tests run, or skip these tests where `shutil.which` does not find it.",
        local=True,
    ),
    Category(
        "program-failed",
        Kind.FAILING,
        Priority.P2,
        "A program that was started ended with an error.",
        "Run the command by itself and read what it prints: what was captured stands in the exception's `stderr` and `output`.",
        matches=(Match(types=("CalledProcessError",)),),
        slug="{symbol}-program-failed",
        cause="The program `{symbol}` ended with an error.",
        cause_at="A program that was started ended with an error.",
        naming=r"^Command ['\"]?\[?['\"(]*(?:[^'\"\s,]*[/\\])?([^'\"\s,/\\]+)",
        example="import subprocess\nimport sys\n\n\ndef test_it():\n    subprocess.run([sys.executable, '-c', 'raise SystemExit(3)'], check=True)\n",
    ),
    Category(
        "database-schema",
        Kind.FAILING,
        Priority.P1,
        "A table or column that a query names is not in the database.",
        "Create the schema in the fixture that makes the database (run the migrations, or `create_all`), on the connection that the test uses.",
        matches=(
            Match(
                message=r"(?i)no such (?:table|column)\b|(?:relation|column) \"[^\"\n]+\" does not exist|table \S{1,80} doesn't exist",
                unless=_COMPARED,
            ),
            Match(
                message=r"(?i)unknown column|has no column named",
                unless=(*_COMPARED, "ValueError", "KeyError", "TypeError", "ColumnNotFoundError"),
            ),
        ),
        slug="{symbol}-database-schema",
        cause="The database has no `{symbol}`.",
        example="import sqlite3\n\n\ndef test_it():\n    sqlite3.connect(':memory:').execute('select * from users')\n",
        naming="(?i)no such (?:table|column): (\\S+)|(?:relation|column) \"([^\"\\n]+)\" does not exist|table '?([\\w.]+)'? doesn't exist|unknown column '([^'\\n]+)'|has no column named (\\w+)",
        cause_at="A table or column is not in the database.",
    ),
    Category(
        "database-locked",
        Kind.FAILING,
        Priority.P1,
        "A database, a table or a row is locked by another connection.",
        "Close or commit the other connection (a fixture, a thread, another worker), or give each worker a database of its own.",
        matches=(
            Match(
                message=r"(?i)\bdatabase (?:table )?is locked|deadlock (?:detected|found)|lock wait timeout|could not obtain lock",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-database-locked",
        cause="The database is locked by another connection.",
        example="import sqlite3\n\n\ndef test_it():\n    raise sqlite3.OperationalError('database is locked')\n",
    ),
    Category(
        "database-constraint",
        Kind.FAILING,
        Priority.P2,
        "A row that is written breaks a constraint of the database.",
        "See which rows the test and its fixtures write, and whether an earlier test left its own behind.",
        matches=(
            Match(
                types=(
                    "IntegrityError",
                    "UniqueViolation",
                    "UniqueViolationError",
                    "ForeignKeyViolation",
                    "ForeignKeyViolationError",
                    "NotNullViolation",
                    "NotNullViolationError",
                    "CheckViolation",
                    "DuplicateKeyError",
                )
            ),
        ),
        slug="{symbol}-database-constraint",
        cause="A row breaks the constraint `{symbol}` of the database.",
        cause_at="A row breaks a constraint of the database.",
        naming="constraint failed: ([\\w.]+)|constraint \\\"([^\\\"\\n]+)\\\"|for key '([^'\\n]+)'",
        example="import sqlite3\n\n\ndef test_it():\n    raise sqlite3.IntegrityError('UNIQUE constraint failed: users.email')\n",
    ),
    Category(
        "orm-session",
        Kind.FAILING,
        Priority.P2,
        "An object of an ORM is used outside of its session, or a session after its transaction broke.",
        "Load what is needed while the session is open (`selectinload`, `expire_on_commit=False`), roll back after an error, and give each test a session of its own.",
        matches=(
            Match(
                types=(
                    "DetachedInstanceError",
                    "PendingRollbackError",
                    "MissingGreenlet",
                    "ObjectDeletedError",
                )
            ),
            Match(
                message=r"is not bound to a Session|Session's transaction has been rolled back|greenlet_spawn has not been called|is already attached to session",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-orm-session",
        cause="The ORM's session is closed, broken or another one where it is used.",
        example="class DetachedInstanceError(Exception):\n    pass\n\n\ndef test_it():\n    raise DetachedInstanceError('Instance <User> is not bound to a Session')\n",
    ),
    Category(
        "template-missing",
        Kind.FAILING,
        Priority.P2,
        "A template is not where it is looked for.",
        "See in which folders the loader looks, and that the templates are installed with the package.",
        matches=(Match(types=("TemplateNotFound", "TemplatesNotFound", "TemplateDoesNotExist")),),
        slug="{symbol}-template-missing",
        cause="There is no template `{symbol}`.",
        cause_at="A template is not found.",
        naming="^'?([\\w./-]+\\.\\w+)",
        example="class TemplateNotFound(Exception):\n    pass\n\n\ndef test_it():\n    raise TemplateNotFound('mail/welcome.html')\n",
    ),
    Category(
        "template-error",
        Kind.FAILING,
        Priority.P2,
        "A template cannot be rendered.",
        "Read the error: give the template what it asks for, or correct it.",
        matches=(
            Match(
                types=(
                    "UndefinedError",
                    "TemplateSyntaxError",
                    "TemplateAssertionError",
                    "TemplateRuntimeError",
                    "VariableDoesNotExist",
                )
            ),
        ),
        slug="{symbol}-template-error",
        cause="The template asks for `{symbol}`, which it is not given.",
        cause_at="A template cannot be rendered.",
        naming="^'([\\w.]+)' is undefined",
        example="class UndefinedError(Exception):\n    pass\n\n\ndef test_it():\n    raise UndefinedError(\"'user' is undefined\")\n",
    ),
    Category(
        "request-failed",
        Kind.FAILING,
        Priority.P2,
        "A server, or the fake of one, answered a request with an error.",
        "Read the answer and the server's log; compare the path, the login and the input that the test sends with what is asked for.",
        matches=(
            Match(
                types=(
                    "HTTPStatusError",
                    "requests.exceptions.HTTPError",
                    "urllib.error.HTTPError",
                    "ClientResponseError",
                    "botocore.exceptions.ClientError",
                )
            ),
            Match(
                message=r"^An error occurred \(\w+\) when calling the \w+ operation|\bstatus = StatusCode\.",
                unless=_COMPARED,
            ),
        ),
        slug="{subject}-request-failed",
        cause="A request was answered with `{symbol}`.",
        cause_at="A request was answered with an error.",
        naming="(?:\\berror '?|HTTP Error |\\A)([45]\\d\\d)\\b|An error occurred \\((\\w+)\\)|StatusCode\\.(\\w+)",
        example="class HTTPStatusError(Exception):\n    pass\n\n\ndef test_it():\n    raise HTTPStatusError(\"Client error '404 Not Found' for url 'http://testserver/users'\")\n",
    ),
    Category(
        "file-missing",
        Kind.FAILING,
        Priority.P2,
        "A file or program is not where it is looked for.",
        "Make the path relative to the test file, or create the file in a fixture.",
        matches=(Match(types=("FileNotFoundError", "NotADirectoryError")),),
        slug="{subject}-file-missing",
        cause="A file or program does not exist.",
        example="def test_it():\n    open('no/such/file')\n",
    ),
    # --- assertions ---------------------------------------------------------------------------
    Category(
        "interpreter-error",
        Kind.FAILING,
        Priority.P2,
        "Python itself, or a compiled library, fails inside: `SystemError`.",
        "Update Python, or the compiled library that was called. `AST constructor recursion depth mismatch` is mended in 3.11.8 and 3.12.2.",
        matches=(Match(types=("SystemError",), message=_INTERNAL),),
        slug="interpreter-error",
        cause="Python itself, or a compiled library, fails inside.",
        example="def test_it():\n    raise SystemError('AST constructor recursion depth mismatch (before=1, after=2)')\n",
    ),
    Category(
        "recursion",
        Kind.FAILING,
        Priority.P1,
        "A function calls itself without end.",
        "Read the frames that repeat at the end of the traceback: the call that should end them, or a proxy or `__getattr__` that asks itself.",
        matches=(Match(types=("RecursionError",)),),
        slug="{subject}-recursion",
        cause="Calls went deeper than Python allows.",
        example="def again(n):\n    return again(n + 1)\n\n\ndef test_it():\n    again(0)\n",
    ),
    Category(
        "resource-leak",
        Kind.FAILING,
        Priority.P2,
        "Something is never closed (a file, a socket, a connection, an event loop), and warnings are errors.",
        "Close it where it is made, with `with` or in the fixture's teardown; `python -X tracemalloc` says where that was.",
        matches=(Match(types=("ResourceWarning",)),),
        slug="{subject}-resource-leak",
        cause="Something is never closed.",
        example="def test_it():\n    raise ResourceWarning('unclosed file <_io.TextIOWrapper>')\n",
    ),
    Category(
        "snapshot-missing",
        Kind.FAILING,
        Priority.P2,
        "A test compares with a snapshot that was never written.",
        "Write the snapshot with the plugin's own option (`--snapshot-update` of syrupy and pytest-snapshot, `--inline-snapshot=create`), read it, and commit it.",
        matches=(
            Match(
                types=_VERDICTS,
                message=rf"(?i)\A(?!assert ['\"])[\s\S]*?{_NO_SNAPSHOT}",
            ),
            Match(message=rf"(?i){_NO_SNAPSHOT}[\s\S]*--[\w-]*(?:snapshot|update)"),
        ),
        slug="{subject}-snapshot-missing",
        cause="The snapshot to compare with does not exist.",
        example="def test_it():\n    raise AssertionError(\"assert [+ received] == [- snapshot]\\n  Snapshot 'test_it' does not exist!\")\n",
    ),
    Category(
        "unexpected-pass",
        Kind.FAILING,
        Priority.P3,
        "A test that is marked to fail passes, and the mark is strict.",
        "Remove the mark (`xfail`, `expectedFailure`) if what it waited for is mended.",
        matches=(Match(message=r"^\[XPASS\(strict\)\]|^Unexpected success"),),
        slug="{subject}-unexpected-pass",
        cause="The test passes although it is marked to fail.",
        example="import pytest\n\n\n@pytest.mark.xfail(strict=True)\ndef test_it():\n    pass\n",
    ),
    Category(
        "doctest",
        Kind.FAILING,
        Priority.P3,
        "An example in a docstring or a page gives something else than it says.",
        "Run the example, and correct the text or the code.",
        matches=(
            Match(
                types=("DocTestFailure", "MultipleDoctestFailures", "doctest.UnexpectedException")
            ),
        ),
        slug="{symbol}-doctest",
        cause="An example in the documentation is not true any more.",
        example=(
            "import doctest\n\n\n"
            "def test_it():\n"
            "    page = doctest.DocTestParser().get_doctest('>>> 1 + 1\\n3\\n', {}, 'page', None, 0)\n"
            "    doctest.DebugRunner().run(page)\n"
        ),
    ),
    Category(
        "no-events-emitted",
        Kind.FAILING,
        Priority.P1,
        "Events or messages were expected and none came.",
        "Follow the path from the call in the test to the place that emits, and see where it stops.",
        matches=(
            Match(
                shapes=(Shape.COUNT,),
                facts=(("actual", r"^0$"), ("expected", r"^[1-9]")),
                about=_EMIT,
            ),
        ),
        slug="{symbol}-no-events",
        cause="Nothing was emitted where events were expected.",
        example=(
            "def test_it():\n    events = []\n"
            "    assert len(events) == 5, f'Expected 5 events, got {len(events)}'\n"
        ),
    ),
    Category(
        "count-mismatch",
        Kind.FAILING,
        Priority.P2,
        "There are more or fewer of something than expected.",
        "Compare what is there with what is expected; see what `{symbol}` adds or drops.",
        matches=(
            Match(
                shapes=(Shape.COUNT,),
                message=r"len\(|[Ee]xpected .{0,80}\b(?:got|received|found)\b",
            ),
        ),
        slug="{symbol}-count-mismatch",
        cause="The number of items is not the expected one.",
        example="def test_it():\n    assert len([1, 2]) == 3\n",
        next_step_at="Compare what is there with what is expected at the failing line.",
    ),
    Category(
        "http-status",
        Kind.FAILING,
        Priority.P2,
        "The answer to a request has another status than the test expects.",
        "Read the body of the answer and the server's log; compare the path, the login and the input of the request with what is asked for.",
        matches=(
            Match(
                types=_COMPARED,
                message=r"\A(?:AssertionError: )?assert [\s\S]{0,400}?where (?:[1-5]\d\d|<HTTPStatus\.\w+: \d+>) = [^\n]{0,400}\.status(?:_code)?\b",
            ),
        ),
        slug="{subject}-http-status",
        cause="The answer to a request has another status than expected.",
        example="class Response:\n    status_code = 404\n\n\ndef test_it():\n    response = Response()\n    assert response.status_code == 200\n",
    ),
    Category(
        "did-not-raise",
        Kind.FAILING,
        Priority.P2,
        "An error or a warning was expected and did not come.",
        "See why `{symbol}` does not raise it any more, or expect what it does now.",
        matches=(
            Match(shapes=(Shape.DID_NOT_RAISE,)),
            Match(types=("AssertionError",), message=r"^\w+ not triggered(?: by \w+)?\s*$"),
        ),
        slug="{subject}-did-not-raise",
        cause="The expected error was not raised.",
        example="import pytest\n\n\ndef test_it():\n    with pytest.raises(ValueError):\n        pass\n",
        next_step_at="See why nothing raises it any more, or expect what happens now.",
    ),
    Category(
        "assertion-payload",
        Kind.FAILING,
        Priority.P2,
        "A structure (dict, list, model) differs from the expected one.",
        "Look at the first item that differs; one side has a field or value that the other lacks.",
        matches=(
            Match(
                types=("AssertionError",),
                message=r"(?m)^(?:AssertionError: )?assert [\[{].* (?:==|in) |^assert [^\n]{1,300} (?:not )?in [\[({]|[Dd]iffering (?:items|attributes)|Omitting \d+ identical items|(?:Left|Right) contains \d+ more items|At index \d+ diff: (?!b['\"])",
            ),
            Match(
                types=("AssertionError",),
                message=r"^(?:Lists|Dicts|Tuples|Sets|Sequences) differ|^\{.*\} != \{|^Element counts were not equal"
                r"|^Items in the (?:first|second) set but not|(?:not )?found in [\[({]",
            ),
        ),
        slug="{subject}-payload",
        cause="The structure that was made is not the expected one.",
        example="def test_it():\n    assert {'user': 1, 'room': 2} == {'user': 1, 'room': 3}\n",
    ),
    # --- deprecations ------------------------------------------------------------------------
    Category(
        "deprecated-imports",
        Kind.DEPRECATED,
        Priority.P3,
        "A module or name is imported from a place that is deprecated.",
        "Run `gardener fix --only deprecated-import`.",
        matches=(Match(types=_DEPRECATION, message=_OLD_IMPORT),),
        warns=(Match(types=_DEPRECATION, message=_OLD_IMPORT),),
        cause="Deprecated import paths are still used.",
        codemod="deprecated-import",
        example=(
            "import warnings\n\n\n"
            "def test_it():\n"
            "    raise DeprecationWarning(\"app.logging is deprecated. Use 'from shared.logs import get' instead.\")\n"
        ),
    ),
    Category(
        "utcnow",
        Kind.DEPRECATED,
        Priority.P3,
        "`datetime.utcnow()` or `utcfromtimestamp()` is called.",
        "Run `gardener fix --only utcnow`.",
        matches=(Match(types=_DEPRECATION, message=_UTCNOW),),
        warns=(Match(types=_DEPRECATION, message=_UTCNOW),),
        cause="`utcnow()` and `utcfromtimestamp()` give naive times and are going away.",
        codemod="utcnow",
        example=(
            "def test_it():\n"
            "    raise DeprecationWarning('datetime.datetime.utcnow() is deprecated and scheduled for removal')\n"
        ),
    ),
    Category(
        "pydantic-v2-config",
        Kind.DEPRECATED,
        Priority.P3,
        "A Pydantic model is configured by an inner class `Config`.",
        "Run `gardener fix --only pydantic-config`.",
        matches=(Match(types=(*_PYDANTIC, *_DEPRECATION), message=_PYDANTIC_CONFIG),),
        warns=(Match(types=(*_PYDANTIC, *_DEPRECATION), message=_PYDANTIC_CONFIG),),
        cause="Pydantic models use the inner class `Config` of version 1.",
        codemod="pydantic-config",
        example=(
            "def test_it():\n"
            "    raise DeprecationWarning('Support for class-based `config` is deprecated, use ConfigDict instead.')\n"
        ),
    ),
    Category(
        "pydantic-v2-api",
        Kind.DEPRECATED,
        Priority.P3,
        "A method or function of Pydantic 1 is used with Pydantic 2.",
        "Run `gardener fix --only pydantic-v2-api`, and fix the rest as Pydantic's migration guide says.",
        matches=(
            Match(types=(*_PYDANTIC, "PydanticImportError")),
            Match(types=("PydanticUserError",), message=_PYDANTIC_GONE),
        ),
        warns=(Match(types=_PYDANTIC), Match(types=_DEPRECATION, message=r"[Pp]ydantic")),
        cause="The interface of Pydantic 1 is used.",
        example=(
            "class PydanticDeprecatedSince20(DeprecationWarning):\n    pass\n\n\n"
            "def test_it():\n"
            "    raise PydanticDeprecatedSince20('The `dict` method is deprecated; use `model_dump` instead.')\n"
        ),
    ),
    Category(
        "sqlalchemy-2-api",
        Kind.FAILING,
        Priority.P1,
        "SQLAlchemy is given SQL as it was before version 2: a plain text, or a list for `select()`.",
        "Wrap SQL in `sqlalchemy.text(...)`, and give `select()` its columns one by one.",
        matches=(
            Match(
                types=("ObjectNotExecutableError",),
                message=r"^Not an executable object: [bru]?['\"]",
            ),
            Match(types=("ArgumentError", "CompileError"), message=_SQL_OF_BEFORE),
        ),
        slug="{subject}-sqlalchemy-2-api",
        cause="SQLAlchemy 2 does not take SQL as it is given here.",
        example="class ObjectNotExecutableError(Exception):\n    pass\n\n\ndef test_it():\n    raise ObjectNotExecutableError(\"Not an executable object: 'select 1'\")\n",
    ),
    Category(
        "pydantic-model-definition",
        Kind.FAILING,
        Priority.P1,
        "Pydantic refuses the definition of a model.",
        "Correct the definition as the message says: Pydantic 2 asks for more than Pydantic 1 did.",
        matches=(
            Match(
                types=(
                    "PydanticUserError",
                    "PydanticSchemaGenerationError",
                    "PydanticUndefinedAnnotation",
                )
            ),
            Match(types=("RuntimeError",), message=r"^no validator found for <class "),
        ),
        slug="{subject}-pydantic-model-definition",
        cause="A Pydantic model cannot be built as it is written.",
        example="class PydanticUndefinedAnnotation(Exception):\n    pass\n\n\ndef test_it():\n    raise PydanticUndefinedAnnotation(\"name 'B' is not defined\")\n",
    ),
    Category(
        "other-deprecation",
        Kind.DEPRECATED,
        Priority.P3,
        "Something else that is deprecated is used.",
        "Read the warning and replace what it names.",
        matches=(Match(types=(*_DEPRECATION, "*Deprecated*")),),
        warns=(Match(types=(*_DEPRECATION, "*Deprecated*")), Match(message=r"(?i)\bdeprecated\b")),
        slug="{symbol}-deprecation",
        cause="Something deprecated is used.",
        example="def test_it():\n    raise DeprecationWarning('the old way is deprecated')\n",
    ),
    # --- the rest --------------------------------------------------------------------------------
    Category(
        "teardown-failure",
        Kind.FAILING,
        Priority.P2,
        "Cleaning up after a test fails.",
        "Read the error at `{symbol}`: see what the teardown takes for granted, and whether the test left it so.",
        matches=(Match(phases=(Phase.TEARDOWN,)),),
        slug="{symbol}-teardown",
        cause="Cleaning up fails at `{symbol}`.",
        example="import pytest\n\n\n@pytest.fixture\ndef server():\n    yield\n    raise RuntimeError('cannot stop')\n\n\ndef test_it(server):\n    pass\n",
    ),
    Category(
        "setup-failure",
        Kind.FAILING,
        Priority.P1,
        "A fixture, or another set-up, fails before the test begins.",
        "Read the error at `{symbol}`; the tests themselves say nothing until it is mended.",
        matches=(Match(phases=(Phase.SETUP,)),),
        slug="{symbol}-setup",
        cause="Setting up fails at `{symbol}`.",
        example="import pytest\n\n\n@pytest.fixture\ndef server():\n    raise RuntimeError('cannot start')\n\n\ndef test_it(server):\n    pass\n",
    ),
    Category(
        "missing-item",
        Kind.FAILING,
        Priority.P2,
        "A key or an index that is asked for is not there.",
        "See what the container holds at `{symbol}`, and who should have put the item there.",
        matches=(Match(types=("KeyError", "IndexError")),),
        slug="{symbol}-{type}",
        cause="An item that is asked for at `{symbol}` is not there.",
        example="def test_it():\n    {}['x']\n",
    ),
    Category(
        "wrong-type",
        Kind.FAILING,
        Priority.P2,
        "Something is used in a way that its type does not allow.",
        "Read what the error says of a type; see where the value at `{symbol}` comes from.",
        matches=(Match(types=("TypeError",)),),
        slug="{symbol}-{type}",
        cause="Something at `{symbol}` is used in a way that its type does not allow.",
        example="def test_it():\n    (1)()\n",
    ),
    Category(
        "frozen-instance",
        Kind.FAILING,
        Priority.P2,
        "Something that must not change is changed.",
        "Make a changed copy (`replace`, `evolve`, `model_copy`), or do not freeze the class.",
        matches=(Match(types=("FrozenInstanceError", "FrozenAttributeError")),),
        slug="{symbol}-{type}",
        cause="A field of a frozen object is set at `{symbol}`.",
        example="class FrozenInstanceError(Exception):\n    pass\n\n\ndef test_it():\n    raise FrozenInstanceError(\"cannot assign to field 'x'\")\n",
    ),
    Category(
        "schema-validation",
        Kind.FAILING,
        Priority.P2,
        "Input is refused by a schema, a form or a serializer.",
        "Compare the input at `{symbol}` with what the schema asks for; the error lists the fields.",
        matches=(
            Match(
                types=(
                    "ValidationError",
                    "RequestValidationError",
                    "ResponseValidationError",
                    "ClassValidationError",
                    "SchemaError",
                )
            ),
        ),
        slug="{symbol}-{type}",
        cause="Input at `{symbol}` does not fit its schema.",
        example="class ValidationError(Exception):\n    pass\n\n\ndef test_it():\n    raise ValidationError(\"{'x': ['Missing data for required field.']}\")\n",
    ),
    Category(
        "invalid-regex",
        Kind.FAILING,
        Priority.P2,
        "A regular expression is not valid.",
        "Correct the pattern at `{symbol}`; what is a plain text goes through `re.escape`.",
        matches=(Match(types=("re.error", "PatternError", "sre_constants.error")),),
        slug="{symbol}-{type}",
        cause="A regular expression at `{symbol}` is not valid.",
        example="import re\n\n\ndef test_it():\n    re.compile('(')\n",
    ),
    Category(
        "parse-error",
        Kind.FAILING,
        Priority.P2,
        "A text or a file is not written in the format that it is read in.",
        "Look at what is read at `{symbol}`: it may be another file, cut short, or an error page.",
        matches=(
            Match(
                types=(
                    "ParserError",
                    "ScannerError",
                    "ComposerError",
                    "ConstructorError",
                    "TOMLDecodeError",
                    "ParseError",
                    "ExpatError",
                    "XMLSyntaxError",
                    "BadZipFile",
                    "BadGzipFile",
                    "ReadError",
                    "MissingSectionHeaderError",
                    "ParsingError",
                    "DuplicateOptionError",
                    "DuplicateSectionError",
                    "UnidentifiedImageError",
                    "_csv.Error",
                    "binascii.Error",
                    "struct.error",
                )
            ),
        ),
        slug="{symbol}-{type}",
        cause="What is read at `{symbol}` is not written in its format.",
        example="import xml.etree.ElementTree\n\n\ndef test_it():\n    xml.etree.ElementTree.fromstring('<a>')\n",
    ),
    Category(
        "not-implemented",
        Kind.FAILING,
        Priority.P2,
        "Something is called that is not implemented.",
        "Implement what is called at `{symbol}`, or give the test the subclass, backend or platform that has it.",
        matches=(Match(types=("NotImplementedError",)),),
        slug="{symbol}-{type}",
        cause="What is called at `{symbol}` is not implemented.",
        example="def test_it():\n    raise NotImplementedError('Backend.flush')\n",
    ),
    Category(
        "arithmetic",
        Kind.FAILING,
        Priority.P2,
        "A calculation has no result: a division by zero, or a number that is too large.",
        "See which number at `{symbol}` is zero or too large, and where it comes from.",
        matches=(
            Match(
                types=(
                    "ZeroDivisionError",
                    "OverflowError",
                    "FloatingPointError",
                    "DivisionByZero",
                    "InvalidOperation",
                )
            ),
        ),
        slug="{symbol}-{type}",
        cause="A calculation at `{symbol}` has no result.",
        example="def test_it():\n    1 / 0\n",
    ),
    Category(
        "exhausted",
        Kind.FAILING,
        Priority.P2,
        "One more value is asked for than there is.",
        "See what gives the values at `{symbol}`: a mock's `side_effect`, an iterator or a generator ends too early, or is asked too often.",
        matches=(
            Match(types=("StopIteration", "StopAsyncIteration")),
            Match(types=("RuntimeError",), message=r"raised Stop(?:Async)?Iteration"),
        ),
        slug="{symbol}-{type}",
        cause="There is no further value at `{symbol}`.",
        example="def test_it():\n    next(iter([]))\n",
    ),
    Category(
        "cancelled",
        Kind.FAILING,
        Priority.P2,
        "A task is cancelled while it is waited for.",
        "See who cancels it: a timeout, a task group with an error, or the end of its event loop.",
        matches=(Match(types=("CancelledError", "Cancelled")),),
        slug="{symbol}-{type}",
        cause="A task is cancelled at `{symbol}`.",
        example="import asyncio\n\n\ndef test_it():\n    raise asyncio.CancelledError\n",
    ),
    Category(
        "changed-while-iterated",
        Kind.FAILING,
        Priority.P1,
        "A container is changed while something goes through it.",
        "Go through a copy at `{symbol}` (`list(...)`), or see which callback, thread or task changes it.",
        matches=(
            Match(
                types=("RuntimeError",),
                message=r"(?:changed size|mutated|changed) during iteration",
            ),
        ),
        slug="{symbol}-{type}",
        cause="A container is changed while `{symbol}` goes through it.",
        example="def test_it():\n    table = {1: 1}\n    for key in table:\n        table[key + 1] = 1\n",
    ),
    Category(
        "system-exit",
        Kind.FAILING,
        Priority.P2,
        "Code ends the program where the test expects it to return.",
        "See what ends it at `{symbol}`: `argparse` and `click` exit with 2 for wrong arguments, and say why in the captured output.",
        matches=(Match(types=("SystemExit",)),),
        slug="{symbol}-{type}",
        cause="The program is ended by `SystemExit` at `{symbol}`.",
        example="def test_it():\n    raise SystemExit(2)\n",
    ),
    Category(
        "wrong-value",
        Kind.FAILING,
        Priority.P2,
        "A value is not one of those that are allowed where it is used.",
        "Read what the error says of the value; see where the value at `{symbol}` comes from.",
        matches=(Match(types=("ValueError",)),),
        slug="{symbol}-{type}",
        cause="A value at `{symbol}` is not allowed there.",
        example="def test_it():\n    int('abc')\n",
    ),
    Category(
        "assertion",
        Kind.FAILING,
        Priority.P2,
        "A value is not the expected one.",
        "Compare both values at the failing line; follow `{symbol}` to where they part.",
        matches=(
            Match(types=("AssertionError", "Failed")),
            Match(
                types=("Error", "JestAssertionError"),
                message=r"^expect\([^\n]{0,200}\)\.(?:not\.|resolves\.|rejects\.)*to[A-Z]",
            ),
        ),
        slug="{symbol}-assertion",
        cause="`{symbol}` gives another value than the test expects.",
        example="def test_it():\n    assert 1 + 1 == 3\n",
        cause_at="A value is not the expected one.",
        next_step_at="Compare both values at `{symbol}`.",
    ),
    Category(
        "library-error",
        Kind.FAILING,
        Priority.P2,
        "A library that the tests use raises an error of its own.",
        "Read the error: the library says there what it does not take at `{symbol}`; if it was updated lately, its release notes tell what it takes now.",
        matches=(Match(facts=(("raised_by", "."),)),),
        slug="{symbol}-{type}",
        cause="`{type}` at `{symbol}`.",
    ),
    Category(
        "other",
        Kind.FAILING,
        Priority.P2,
        "None of the other categories.",
        "Read the error at `{symbol}` and run one of its tests alone.",
        slug="{symbol}-{type}",
        cause="`{type}` at `{symbol}`.",
        example="def test_it():\n    raise LookupError('no room')\n",
    ),
)

OTHER = BUILT_IN[-1]
