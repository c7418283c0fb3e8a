"""Tests that really fail: each is named after its category, `test_CATEGORY__CASE`.

One that needs a library which is not there is skipped. Run by `test_real_failures.py`.
"""
import asyncio, json, os, socket, subprocess, sys, pickle, enum, warnings, abc, errno, collections, dataclasses, typing, concurrent.futures, threading, tempfile, ssl, urllib.request, http.client, smtplib, sqlite3
from unittest import mock
import unittest
import pytest
def lib(n): return pytest.importorskip(n)
PORT = 1  # nothing listens there

# --- connection refused / service
def test_connection_refused__socket(): socket.create_connection(("127.0.0.1", PORT), 2)
def test_connection_refused__urllib(): urllib.request.urlopen("http://127.0.0.1:1/")
def test_connection_refused__http(): http.client.HTTPConnection("127.0.0.1", 1).request("GET", "/")
def test_connection_refused__requests(): lib("requests").get("http://127.0.0.1:1/")
def test_connection_refused__httpx(): lib("httpx").get("http://127.0.0.1:1/")
def test_connection_refused__aiohttp():
    aiohttp = lib("aiohttp")
    async def go():
        async with aiohttp.ClientSession() as s: await s.get("http://127.0.0.1:1/")
    asyncio.run(go())
def test_connection_refused__websockets():
    ws = lib("websockets")
    async def go(): await ws.connect("ws://127.0.0.1:1")
    asyncio.run(go())
def test_connection_refused__asyncio():
    asyncio.run(asyncio.wait_for(asyncio.open_connection("127.0.0.1", 1), 3))
def test_connection_refused__anyio():
    anyio = lib("anyio")
    anyio.run(anyio.connect_tcp, "127.0.0.1", 1)
def test_connection_refused__trio():
    trio = lib("trio")
    trio.run(trio.open_tcp_stream, "127.0.0.1", 1)
def test_connection_refused__smtp(): smtplib.SMTP("127.0.0.1", 1)
def test_service_unavailable__redis():
    lib("redis").Redis(port=1).ping()
def test_service_unavailable__redis_async():
    r = lib("redis.asyncio")
    asyncio.run(r.Redis(port=1).ping())
def test_service_unavailable__docker():
    lib("docker").from_env()
def test_service_unavailable__docker_host(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    lib("docker").from_env().ping()
def test_service_unavailable__mongo():
    lib("pymongo").MongoClient("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=100).admin.command("ping")
def test_wrong_value__kafka_config():
    lib("kafka").KafkaProducer(bootstrap_servers="127.0.0.1:1", api_version_auto_timeout_ms=200)
def test_service_unavailable__pika():
    pika = lib("pika"); pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", 1))
def test_service_unavailable__psycopg2():
    lib("psycopg2").connect("host=127.0.0.1 port=1 dbname=x")
def test_service_unavailable__psycopg2_socket():
    lib("psycopg2").connect("host=/tmp/nosuch dbname=x")
def test_service_unavailable__psycopg():
    lib("psycopg").connect("host=127.0.0.1 port=1 dbname=x")
def test_connection_refused__asyncpg():
    a = lib("asyncpg"); asyncio.run(a.connect("postgresql://127.0.0.1:1/x"))
def test_service_unavailable__pymysql():
    lib("pymysql").connect(host="127.0.0.1", port=1)
def test_service_unavailable__sqlalchemy_pg():
    sa = lib("sqlalchemy"); lib("psycopg2"); sa.create_engine("postgresql://127.0.0.1:1/x").connect()
def test_service_unavailable__sqlalchemy_mysql():
    sa = lib("sqlalchemy"); lib("pymysql"); sa.create_engine("mysql+pymysql://u@127.0.0.1:1/x").connect()
def test_service_unavailable__elastic():
    es = lib("elasticsearch"); es.Elasticsearch("http://127.0.0.1:1", max_retries=0).info()
def test_connection_refused__boto3():
    b = lib("boto3"); b.client("s3", endpoint_url="http://127.0.0.1:1", aws_access_key_id="x", aws_secret_access_key="y", region_name="eu").list_buckets()
def test_service_unavailable__docker_cli():
    raise RuntimeError("error during connect: this error may indicate that the docker daemon is not running: Get ...")
def test_host_not_found__dns(): 
    # a name that does not resolve is no refused connection, but the machine anyhow
    socket.create_connection(("no-such-host.invalid", 80), 2)
# must NOT be service
def test_database_schema__sqlite_no_table():
    sqlite3.connect(":memory:").execute("select * from nosuch")
def test_database_schema__sqlalchemy_no_table():
    sa = lib("sqlalchemy"); sa.create_engine("sqlite://").connect().execute(sa.text("select * from nosuch"))
def test_assertion__docker_word(): assert "docker is not running" == "docker runs", "docker status"
def test_other__redis_response():
    r = lib("redis"); raise r.exceptions.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
def test_timeout__requests():
    r = lib("requests")
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
    r.get("http://127.0.0.1:%d/" % s.getsockname()[1], timeout=0.1)
def test_timeout__httpx():
    r = lib("httpx")
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
    r.get("http://127.0.0.1:%d/" % s.getsockname()[1], timeout=0.1)
def test_timeout__httpx_connect():
    r = lib("httpx"); raise r.ConnectTimeout("")
def test_timeout__httpx_pool():
    r = lib("httpx"); raise r.PoolTimeout("")
def test_timeout__aiohttp():
    r = lib("aiohttp")
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
    async def go():
        async with r.ClientSession(timeout=r.ClientTimeout(total=0.1)) as c: await c.get("http://127.0.0.1:%d/" % s.getsockname()[1])
    asyncio.run(go())
def test_timeout__wait_for(): asyncio.run(asyncio.wait_for(asyncio.sleep(5), 0.01))
def test_timeout__anyio():
    anyio = lib("anyio")
    async def go():
        with anyio.fail_after(0.01): await anyio.sleep(5)
    anyio.run(go)
def test_timeout__trio():
    trio = lib("trio")
    async def go():
        with trio.fail_after(0.01): await trio.sleep(5)
    trio.run(go)
def test_timeout__subprocess(): subprocess.run([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.1)
def test_timeout__future():
    with concurrent.futures.ThreadPoolExecutor() as p:
        e = threading.Event(); f = p.submit(e.wait, 1); f.result(0.01)
def test_timeout__queue_socket():
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); c = socket.create_connection(s.getsockname()); c.settimeout(0.05); c.recv(1)
@pytest.mark.timeout(0.2)
def test_timeout__plugin():
    lib("pytest_timeout"); import time; time.sleep(1)
def test_timeout__urllib():
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
    urllib.request.urlopen("http://127.0.0.1:%d/" % s.getsockname()[1], timeout=0.1)
def test_timeout__sqlalchemy_pool():
    sa = lib("sqlalchemy"); from sqlalchemy.pool import QueuePool
    e = sa.create_engine("sqlite:///x.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05); a = e.connect(); e.connect()
def test_timeout__asyncio_timeout_cm():
    if sys.version_info < (3, 11): pytest.skip()
    async def go():
        async with asyncio.timeout(0.01): await asyncio.sleep(4)
    asyncio.run(go())

# --- pydantic
def test_pydantic_validation__missing():
    p = lib("pydantic")
    class Message(p.BaseModel):
        user: str
    Message()
def test_pydantic_validation__two():
    p = lib("pydantic")
    class Message(p.BaseModel):
        user: int
        x: int
    Message(user="a")
def test_environment_missing__settings():
    p = lib("pydantic")
    if p.VERSION.startswith("1"):
        class S(p.BaseSettings):
            api_key: str
    else:
        class S(lib("pydantic_settings").BaseSettings):
            api_key: str
    S()
def test_pydantic_validation__call():
    p = lib("pydantic")
    (p.validate_call if hasattr(p, "validate_call") else p.validate_arguments)(_takes)("x")
def _takes(a: int): pass
def test_pydantic_validation__dataclass():
    p = lib("pydantic.dataclasses")
    @p.dataclass
    class D:
        a: int
    D(a="x")
def test_serialization_error__pydantic():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    class M(p.BaseModel):
        a: typing.Any
    M(a=object()).model_dump_json()
def test_pydantic_model_definition__pydantic_user_error():
    p = lib("pydantic")
    class X: pass
    class M(p.BaseModel):
        a: X
def test_missing_attribute__pydantic():
    p = lib("pydantic")
    class M(p.BaseModel):
        a: int = 1
    M().b
def test_unexpected_keyword_argument__dataclass():
    @dataclasses.dataclass
    class D:
        a: int
    D(a=1, b=2)
# --- serialization
def test_serialization_error__json_set(): json.dumps({1, 2})
def test_serialization_error__json_loads(): json.loads("<html>")
def test_serialization_error__json_empty(): json.loads("")
def test_serialization_error__json_nan(): json.dumps(float("nan"), allow_nan=False)
def test_serialization_error__pickle_lambda(): pickle.dumps(lambda: 1)
def test_serialization_error__pickle_lock(): pickle.dumps(threading.Lock())
def test_serialization_error__pickle_local():
    class C: pass
    pickle.dumps(C())
def test_serialization_error__unpickle(): pickle.loads(b"junk")
def test_serialization_error__msgpack(): lib("msgpack").packb(object())
def test_serialization_error__circular():
    a = []; a.append(a); json.dumps(a)
def test_serialization_error__requests_json():
    r = lib("requests"); x = r.Response(); x._content = b"<html>"; x.status_code = 200; x.json()
def test_serialization_error__json_keys(): json.dumps({(1, 2): 3})
def test_serialization_error__deepcopy():
    import copy; copy.deepcopy(threading.Lock())
def test_encoding__decode(): b"\xff\xfe".decode("utf-8")
def test_encoding__ascii(): "ü".encode("ascii")
def test_encoding__idna(): "a..b".encode("idna")
def test_encoding__unknown(): "x".encode("utf-9")
def test_encoding__file(tmp_path):
    (tmp_path / "f").write_bytes(b"\xe9"); (tmp_path / "f").read_text(encoding="utf-8")
# --- os
def test_permission__real():
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/etc/shadow")
def test_permission__bind():
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
def test_permission__readonly(): open("/sys/kernel/x", "w")
def test_permission__readonly_fs(): raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/x")
def test_disk_full__real():
    with open("/dev/full", "w") as f: f.write("x" * 100000); f.flush()
def test_disk_full__sqlite(): raise sqlite3.OperationalError("database or disk is full")
def test_disk_full__quota(): raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
def test_out_of_memory__real(): bytearray(1 << 60)
def test_out_of_memory__fork(): raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
def test_port_in_use__real():
    a = socket.socket(); a.bind(("127.0.0.1", 0)); a.listen(); b = socket.socket(); b.bind(a.getsockname())
def test_port_in_use__asyncio():
    a = socket.socket(); a.bind(("127.0.0.1", 0)); a.listen()
    asyncio.run(asyncio.start_server(print, "127.0.0.1", a.getsockname()[1]) if False else _serve(a.getsockname()[1]))
async def _serve(port): await asyncio.start_server(print, "127.0.0.1", port)
def test_environment_missing__os(): os.environ["NO_SUCH_VARIABLE_X"]
def test_environment_missing__lower(): os.environ["no_such_lower"]
def test_environment_missing__own(): raise RuntimeError("DATABASE_URL environment variable is not set")
def test_environment_missing__own2(): raise ValueError("Missing required environment variable: API_KEY")
def test_environment_missing__own3(): raise RuntimeError("Environment variable 'X_Y' must be set")
def test_missing_item__keyerror_upper(): {}["USER"]
def test_missing_item__keyerror(): {}["user"]
def test_file_missing__open(): open("no/such")
def test_program_missing__program(): subprocess.run(["no-such-program-x"])
# --- mocks
class Manager:
    def send(self, text): pass
    async def asend(self, text): pass
def test_mock_interface_mismatch__spec(): mock.Mock(spec=Manager).is_healthy()
def test_mock_interface_mismatch__magic(): mock.MagicMock(spec=Manager).is_healthy()
def test_mock_interface_mismatch__autospec(): mock.create_autospec(Manager).is_healthy()
def test_mock_interface_mismatch__spec_set():
    m = mock.Mock(spec_set=Manager); m.nosuch = 1
def test_mock_interface_mismatch__async(): mock.AsyncMock(spec=Manager).is_healthy()
def test_mock_interface_mismatch__list(): mock.Mock(["a"]).b
def test_mock_assertion_misspelt__typo(): mock.Mock().assert_caled()
def test_mock_assertion_misspelt__typo2(): mock.Mock().asert_called_once()
def test_mock_assertion_misspelt__called_once(): mock.Mock().called_once_with(1)
def test_mock_assertion_misspelt__function():
    mock.create_autospec(Manager.send).assert_foo()
def test_patch_target_missing__module():
    with mock.patch("json.no_such"): pass
def test_patch_target_missing__object():
    with mock.patch.object(Manager, "nosuch"): pass
def test_patch_target_missing__instance():
    with mock.patch.object(Manager(), "nosuch"): pass
def test_patch_target_missing__nomodule():
    with mock.patch("json.nosuchmod.x"): pass
def test_patch_target_missing__noroot():
    with mock.patch("nosuchroot.x.y"): pass
def test_patch_target_missing__monkeypatch(monkeypatch): monkeypatch.setattr("json.no_such", 1)
def test_patch_target_missing__monkeypatch_obj(monkeypatch): monkeypatch.setattr(json, "no_such", 1)
def test_patch_target_missing__monkeypatch_cls(monkeypatch): monkeypatch.setattr(Manager, "no_such", 1)
def test_patch_target_missing__monkeypatch_del(monkeypatch): monkeypatch.delattr(json, "no_such")
def test_patch_target_missing__monkeypatch_mod(monkeypatch): monkeypatch.setattr("nosuchroot.x.y", 1)
def test_patch_target_missing__mocker():
    lib("pytest_mock")
    with mock.patch("collections.nosuch.deep"): pass
def test_missing_item__delenv(monkeypatch): monkeypatch.delenv("NO_SUCH_X")
def test_mock_not_called__once(): mock.Mock(name="send").assert_called_once()
def test_mock_not_called__called(): mock.Mock(name="send").assert_called()
def test_mock_not_called__unnamed(): mock.Mock().send.assert_called_once_with(1)
def test_mock_not_called__twice():
    m = mock.Mock(); m(); m(); m.assert_called_once()
def test_mock_not_called__args():
    m = mock.Mock(); m(2); m.assert_called_with(1)
def test_mock_not_called__any():
    m = mock.Mock(); m(2); m.assert_any_call(1)
def test_mock_not_called__has():
    m = mock.Mock(); m(2); m.assert_has_calls([mock.call(1)])
def test_mock_not_called__not():
    m = mock.Mock(); m(2); m.assert_not_called()
def test_mock_not_called__awaited(): mock.AsyncMock(name="x").assert_awaited()
def test_mock_not_called__awaited_once(): mock.AsyncMock(name="x").assert_awaited_once_with(1)
def test_mock_not_called__awaited_args():
    m = mock.AsyncMock(); asyncio.run(m(2)); m.assert_awaited_with(1)
def test_mock_not_called__any_await(): mock.AsyncMock().assert_any_await(1)
def test_mock_not_called__has_awaits(): mock.AsyncMock().assert_has_awaits([mock.call(1)])
def test_mock_not_called__not_awaited():
    m = mock.AsyncMock(); asyncio.run(m(2)); m.assert_not_awaited()
def test_mock_not_called__once_never():
    m = mock.Mock(); m(1); m(1); m.assert_called_once_with(1)
def test_mock_not_called__count():
    m = mock.Mock(); assert m.call_count == 1
def test_mock_not_called__assert_called():
    m = mock.Mock(); assert m.called
def test_mock_not_called__autospec_method():
    m = mock.create_autospec(Manager); m.send.assert_called_once_with("x")
def test_missing_arguments__autospec():
    m = mock.create_autospec(Manager); m.send()
def test_unexpected_keyword_argument__autospec():
    m = mock.create_autospec(Manager); m.send("x", nosuch=1)
def test_missing_arguments__autospec_many():
    m = mock.create_autospec(Manager); m.send("x", 2, 3)
# --- signatures
class Info:
    def __init__(self, a, *, key): pass
class Base(abc.ABC):
    @abc.abstractmethod
    def go(self): ...
def f0(): pass
def f1(a, /, b, *, c): pass
def test_constructor_missing_arguments__a(): Info()
def test_constructor_missing_arguments__kw(): Info(1)
def test_constructor_missing_arguments__data():
    @dataclasses.dataclass
    class D:
        a: int
    D()
def test_constructor_missing_arguments__nt():
    class N(typing.NamedTuple):
        a: int
    N()
def test_constructor_missing_arguments__nt2(): collections.namedtuple("N", "a b")(1)
def test_missing_arguments__f(): f1()
def test_missing_arguments__kwonly(): f1(1, 2)
def test_missing_arguments__many(): f0(1)
def test_missing_arguments__builtin(): json.dumps()
def test_missing_arguments__len(): len()
def test_missing_arguments__method(): Manager().send()
def test_missing_arguments__init_many(): Info(1, 2, 3, key=1)
def test_missing_arguments__object_init():
    class E: pass
    E(1)
def test_unexpected_keyword_argument__f(): f1(1, 2, c=1, d=2)
def test_unexpected_keyword_argument__posonly(): f1(a=1, b=2, c=3)
def test_unexpected_keyword_argument__init(): Info(1, key=1, no=2)
def test_unexpected_keyword_argument__builtin(): "a".split(nosuch=1)
def test_unexpected_keyword_argument__builtin2(): int(nosuch=1)
def test_unexpected_keyword_argument__open(): open("x", nosuch=1)
def test_unexpected_keyword_argument__nokw(): len(obj=1)
def test_unexpected_keyword_argument__multiple(): Manager().send("x", text="y")
def test_missing_arguments__object():
    class E: pass
    E(a=1)
def test_abstract_method_missing__a(): Base()
def test_none_value__attr(): None.x
def test_none_value__sub(): None[1]
def test_none_value__iter(): list(None)
def test_none_value__iter2():
    for _ in None: pass
def test_none_value__call(): None()
def test_none_value__add(): None + 1
def test_none_value__add2(): 1 + None
def test_none_value__len(): len(None)
def test_none_value__unpack(): a, b = None
def test_none_value__str(): "a" + None
def test_none_value__cmp(): 1 < None
def test_none_value__int(): int(None)
def test_none_value__float(): float(None)
def test_none_value__join(): "".join([None])
def test_not_awaitable__none():
    async def go(): await None
    asyncio.run(go())
def test_none_value__path(): os.path.join(None, "a")
def test_none_value__setitem(): None["x"] = 1
def test_missing_attribute__obj(): Manager().nosuch
def test_missing_attribute__cls(): Manager.nosuch
def test_missing_attribute__mod(): json.nosuch
def test_missing_attribute__enum(): enum.Enum("E", "A B").C
def test_missing_attribute__dict(): {}.user
def test_missing_attribute__set(): (1).x = 2
def test_missing_attribute__slots():
    class S: __slots__ = ("a",)
    S().a
def test_missing_attribute__own():
    class G:
        def __getattr__(self, n): raise AttributeError(n)
    G().zap
def test_missing_attribute__getattr_module(): import_module_attr()
def import_module_attr():
    import concurrent.futures as c; c.nosuch
def test_undefined_name__a(): nosuchname
def test_undefined_name__local():
    if False: xx = 1
    print(xx)
def test_undefined_name__free():
    def inner(): return yy
    if False: yy = 1
    inner()
# --- async
def test_event_loop__closed():
    l = asyncio.new_event_loop(); l.close(); l.run_until_complete(asyncio.sleep(0))
def test_event_loop__none(): asyncio.get_running_loop()
def test_event_loop__create_task():
    c = asyncio.sleep(0)
    try: asyncio.create_task(c)
    finally: c.close()
def test_event_loop__nested():
    async def go(): asyncio.run(asyncio.sleep(0))
    asyncio.run(go())
def test_event_loop__different():
    async def a():
        return asyncio.get_running_loop().create_future()
    l1 = asyncio.new_event_loop(); f = l1.run_until_complete(a())
    async def b(): await f
    asyncio.run(b())
def test_event_loop__lock():
    lock = asyncio.Lock()
    async def hold():
        await lock.acquire()
        try: await asyncio.wait_for(lock.acquire(), 0.01)
        except asyncio.TimeoutError: pass
    asyncio.run(hold())
    asyncio.run(hold())
def test_event_loop__thread():
    err = []
    def go():
        try: asyncio.get_event_loop()
        except Exception as e: err.append(e)
    t = threading.Thread(target=go); t.start(); t.join(); raise err[0]
@pytest.mark.filterwarnings("error")
def test_event_loop__never_awaited():
    async def co(): pass
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raise RuntimeWarning("coroutine 'co' was never awaited")
def test_event_loop__trio_outside():
    trio = lib("trio"); trio.lowlevel.current_task()
def test_event_loop__anyio_outside():
    anyio = lib("anyio"); anyio.get_current_task()
def test_event_loop__sniffio():
    s = lib("sniffio"); s.current_async_library()
def test_event_loop__coroutine_attr():
    async def co(): return {}
    c = co()
    try: c.get("x")
    finally: c.close()
def test_event_loop__coroutine_sub():
    async def co(): return {}
    c = co()
    try: c["x"]
    finally: c.close()
def test_event_loop__coroutine_iter():
    async def co(): return []
    c = co()
    try: list(c)
    finally: c.close()
# --- assertions
class Ev(enum.Enum):
    USER_JOINED = "user_joined"
class SE(str, enum.Enum):
    USER_JOINED = "user_joined"
def test_event_serialization_format__str(): assert str(Ev.USER_JOINED) == "user_joined"
def test_event_serialization_format__dict(): assert {"type": str(Ev.USER_JOINED)} == {"type": "user_joined"}
def test_event_serialization_format__fstring():
    assert "type:" + str(Ev.USER_JOINED) == "type:user_joined"
def test_event_serialization_format__member(): assert Ev.USER_JOINED == "user_joined"
def test_event_serialization_format__payload(): assert {"type": Ev.USER_JOINED} == {"type": "user_joined"}
def test_serialization_error__enum(): json.dumps({"type": Ev.USER_JOINED})
class TestU(unittest.TestCase):
    def test_event_serialization_format__unittest(self): self.assertEqual(str(Ev.USER_JOINED), "user_joined")
    def test_assertion_payload__dict(self): self.assertEqual({"a": 1}, {"a": 2})
    def test_assertion_payload__list(self): self.assertEqual([1, 2], [1, 3])
    def test_assertion_payload__set(self): self.assertEqual({1}, {2})
    def test_assertion_payload__subset(self): self.assertIn("x", {"a": 1})
    def test_assertion_payload__countequal(self): self.assertCountEqual([1, 2], [1, 3])
    def test_assertion__plain(self): self.assertEqual(1, 2)
    def test_assertion__true(self): self.assertTrue(False)
    def test_assertion__none(self): self.assertIsNone(1)
    def test_did_not_raise__ut(self):
        with self.assertRaises(ValueError): pass
    def test_did_not_raise__ut_call(self): self.assertRaises(ValueError, f0)
    def test_did_not_raise__ut_warns(self):
        with self.assertWarns(UserWarning): pass
    def test_did_not_raise__ut_regex(self):
        with self.assertRaisesRegex(ValueError, "x"): pass
    def test_assertion__len(self): self.assertEqual(len([1]), 3)
    def test_assertion__logs(self):
        with self.assertLogs("x"): pass
def test_no_events_emitted__len():
    events = []
    assert len(events) == 2
def test_no_events_emitted__msg():
    events = []
    assert len(events) == 5, f"Expected 5 events, got {len(events)}"
def test_no_events_emitted__ge():
    messages = []
    assert len(messages) >= 1
def test_no_events_emitted__sent():
    class W: sent = []
    w = W()
    assert len(w.sent) == 1
def test_count_mismatch__plain(): assert len([1, 2]) == 3
def test_count_mismatch__zero_rows():
    rows = []
    assert len(rows) == 3
def test_count_mismatch__msg(): assert 2 == 3, "Expected 3 items, got 2"
def test_assertion__number(): assert 2 == 3
def test_http_status__status(): 
    class R: status_code = 500
    r = R()
    assert r.status_code == 200
def test_assertion__string(): assert "a" == "b"
def test_assertion__bare(): assert False
def test_assertion__msg(): assert False, "no way"
def test_assertion__fail(): pytest.fail("nope")
def test_assertion_payload__d(): assert {"user": 1, "r": 2} == {"user": 1, "r": 3}
def test_assertion_payload__l(): assert [1, 2] == [1, 3]
def test_assertion_payload__nested(): assert [{"a": 1}] == [{"a": 2}]
def test_assertion_payload__in(): assert "x" in {"a": 1}
def test_assertion_payload__in_list(): assert 3 in [1, 2]
def test_assertion_payload__dc():
    @dataclasses.dataclass
    class D:
        a: int
    assert D(1) == D(2)
def test_assertion_payload__tuple(): assert (1, 2) == (1, 3)
def test_assertion_payload__set(): assert {1, 2} == {1, 3}
def test_did_not_raise__a():
    with pytest.raises(ValueError): pass
def test_did_not_raise__many():
    with pytest.raises((ValueError, KeyError)): pass
def test_did_not_raise__warns():
    with pytest.warns(UserWarning): pass
def test_did_not_raise__dep():
    with pytest.deprecated_call(): pass
# --- imports at runtime
def test_import_error__mod(): import nosuchmod_x
def test_import_error__sub(): import json.nosuchsub
def test_import_name_missing__a():
    from json import nosuch
def test_import_error__notpkg(): import json.decoder.x
def test_syntax_error__compile(): compile("def f(:", "x.py", "exec")
def test_syntax_error__tab(): compile("if 1:\n\tx\n        y", "x.py", "exec")
# --- fixtures
def test_fixture_missing__a(no_such_fixture): pass
@pytest.fixture
def narrow(): return 1
@pytest.fixture(scope="session")
def wide(narrow): return narrow
def test_fixture_scope__a(wide): pass
@pytest.fixture
def rec(rec): return 1
def test_fixture_missing__recursive(rec): pass
@pytest.fixture
def noyield():
    if False: yield 1
def test_setup_failure__noyield(noyield): pass
async def test_async_not_supported__a(): pass
@pytest.fixture
async def unrun(): return 1
@pytest.fixture
def by_unrun(unrun): return unrun + 1
def test_async_not_supported__fixture(unrun): assert unrun + 1 == 2
def test_async_not_supported__fixture_again(unrun): assert unrun + 1 == 2
def test_async_not_supported__fixture_of_fixture(by_unrun): assert by_unrun == 2
class TestSetup:
    def setUp(self): self.client = 1
    def test_testcase_setup_not_run__a(self): assert self.client
    def test_missing_attribute__other(self): self.nosuch_other
# --- deprecations as errors
@pytest.mark.filterwarnings("error")
def test_utcnow__a():
    if sys.version_info < (3, 12): pytest.skip()
    import datetime; datetime.datetime.utcnow()
@pytest.mark.filterwarnings("error")
def test_utcnow__b():
    if sys.version_info < (3, 12): pytest.skip()
    import datetime; datetime.datetime.utcfromtimestamp(0)
@pytest.mark.filterwarnings("error")
def test_pydantic_v2_config__a():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    class M(p.BaseModel):
        class Config: orm_mode = True
@pytest.mark.filterwarnings("error")
def test_pydantic_v2_api__dict():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    class M(p.BaseModel): pass
    M().dict()
@pytest.mark.filterwarnings("error")
def test_pydantic_v2_api__validator():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    class M(p.BaseModel):
        a: int = 1
        @p.validator("a")
        def v(cls, x): return x
def test_pydantic_v2_api__removed():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    p.BaseSettings
def test_unexpected_keyword_argument__pydantic():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    p.constr(regex="x")
def test_pydantic_v2_api__root():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    class M(p.BaseModel):
        __root__: int
def test_pydantic_v2_api__root_validator():
    p = lib("pydantic")
    if p.VERSION.startswith("1"): pytest.skip()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        class M(p.BaseModel):
            @p.root_validator
            def v(cls, x): return x
@pytest.mark.filterwarnings("error")
def test_other_deprecation__a(): warnings.warn("old thing is deprecated", DeprecationWarning)
@pytest.mark.filterwarnings("error")
def test_deprecated_imports__a(): warnings.warn("importing x from y is deprecated", DeprecationWarning)
def test_other_deprecation__np(): raise FutureWarning("In a future version this changes")
def test_arithmetic__zero(): 1 / 0
def test_wrong_value__value(): int("x")
def test_missing_item__index(): [][0]
def test_recursion__recursion():
    def r(): return r()
    r()
def test_exhausted__stop(): next(iter([]))
def test_not_implemented__notimpl(): raise NotImplementedError("abc")
def test_system_exit__exit(): sys.exit(3)
def test_request_failed__http():
    r = lib("requests"); x = r.Response(); x.status_code = 500; x.url="http://a"; x.raise_for_status()
def test_schema_validation__validation_own():
    class ValidationError(Exception): pass
    raise ValidationError("bad input")
def test_wrong_type__unhashable(): {[]: 1}
def test_other__runtime(): raise RuntimeError("message not sent")

# --- what only sounds like something
def test_not_awaitable__mock():
    async def go(): await mock.MagicMock()
    asyncio.run(go())
def test_not_awaitable__with():
    async def go():
        async with mock.Mock(): pass
    asyncio.run(go())
def test_not_awaitable__for():
    async def go():
        async for _ in [1]: pass
    asyncio.run(go())
def test_mock_not_called__await_count():
    m = mock.AsyncMock(); assert m.await_count == 2
def test_host_not_found__requests(): lib("requests").get("http://no-such-host.invalid/", timeout=2)
def test_host_not_found__httpx(): lib("httpx").get("http://no-such-host.invalid/", timeout=2)
def test_wrong_value__timeout_word(): raise ValueError("timeout must be positive")
def test_assertion__timeout_word(): assert "timeout" == "time out", "expected timeout"
def test_assertion__refused_word(): assert "connection refused" not in "error: connection refused by peer"
def test_assertion__memory_word(): assert "out of memory" == "fine"
def test_assertion__loop_word(): assert str(RuntimeError("Event loop is closed")) == "x"
def test_assertion__crash_word(): assert "segmentation fault" == "ok"
def test_assertion__env_word(): assert "environment variable X is not set" == "set"
def test_assertion__errno_word(): assert "[Errno 13] x" == "y"
def test_assertion__serializable_word(): assert "not serializable" == "y"
def test_other__quota(): raise RuntimeError("API quota exceeded for project 12")
def test_wrong_value__mongo_refused(): raise ValueError("mongo id refused: bad format")
def test_wrong_value__import_word(): raise ValueError("import of data failed")
def test_wrong_value__fixture_word(): raise ValueError("fixture list is empty")
def test_other__denied(): raise type("PermissionDenied", (Exception,), {})("You do not have permission")
def test_schema_validation__validation(): raise type("ValidationError", (Exception,), {})({"name": ["required"]})
def test_wrong_value__loop_word(): raise ValueError("loop detected in graph")
def test_wrong_value__closed_file():
    f = tempfile.TemporaryFile(); f.close(); f.read()
def test_wrong_type__none_expected(): raise TypeError("value must be str or NoneType, not int")
def test_wrong_type__unsupported(): 1 + "a"
def test_wrong_type__callable(): (1)()
def test_other__lookup(): raise LookupError("unknown locale: xx")
def test_count_mismatch__dataframe():
    class DataFrame(list): pass
    DataFrame.__repr__ = lambda self: "DataFrame()"
    frame = DataFrame()
    assert len(frame) == 3
def test_count_mismatch__absent():
    absent = []
    assert len(absent) == 3
def test_count_mismatch__prevented():
    prevented = []
    assert len(prevented) == 3
def test_no_events_emitted__camel():
    class S: emittedEvents = []
    assert len(S.emittedEvents) == 3
def test_assertion__enum_word(): assert "Colour.RED is nice" == "red is nice, isn't it"
def test_assertion_payload__enum_other(): assert {"a": "Colour.RED"} == {"a": "blue"}
def test_missing_attribute__importlib():
    import importlib; importlib.import_module("json").nosuchthing
def test_import_error__importlib():
    import importlib; importlib.import_module("nosuch.module")
def test_missing_attribute__in_patch():
    with mock.patch("json.dumps"): Manager().nosuch
def test_patch_target_missing__decorator():
    @mock.patch("json.no_such")
    def go(m): pass
    go()
def test_patch_target_missing__dict(): mock.patch.dict("nosuchmodule.table", {}).start()
def test_unexpected_keyword_argument__partial():
    import functools; functools.partial(f0)(a=1)
def test_constructor_missing_arguments__super():
    class B:
        def __init__(self, a): pass
    class C(B):
        def __init__(self): super().__init__()
    C()
def test_serialization_error__yaml(): raise TypeError("cannot represent an object: not yaml serializable")
def test_timeout__pg(): raise type("QueryCanceled", (TimeoutError,), {})("canceling statement due to statement timeout")
def test_event_loop__session():
    async def go():
        q = asyncio.Queue()
        return q
    l = asyncio.new_event_loop(); l.close()
    async def b(): l.call_soon_threadsafe(print)
    asyncio.run(b())


# --- what a comparison or a search in output says is not said by a mock --------------------


def test_assertion__text_of_a_mock():
    said = "expected call not found.\nExpected: mock()\n  Actual: not called."
    assert said == said.replace("  Actual", "Actual")


def test_assertion__text_of_any_call():
    assert "mock(1) call not found" == "mock(1) call not found."


def test_event_loop__coroutine_compared():
    async def answer():
        return 1

    coroutine = answer()
    coroutine.close()
    assert coroutine == 1


def test_websocket_closed__started():
    class WebSocketDisconnect(Exception):
        pass

    raise WebSocketDisconnect("(1006, '')")


def test_websocket_rejected__aiohttp():
    class WSServerHandshakeError(Exception):
        pass

    raise WSServerHandshakeError("403, message='Invalid response status', url='ws://127.0.0.1/'")


def test_too_many_open_files__named():
    raise OSError(24, "Too many open files", "some/file")


def test_database_schema__postgres():
    raise RuntimeError('relation "users" does not exist\nLINE 1: select * from users')


def test_credentials_missing__google():
    class DefaultCredentialsError(Exception):
        pass

    raise DefaultCredentialsError("Your default credentials were not found.")

# --- what is compiled, and what Hypothesis is given
def test_binary_mismatch__dtype(): raise ValueError("numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject")
def test_binary_mismatch__core(): raise ImportError("numpy.core.multiarray failed to import")
def test_binary_mismatch__symbol(): raise ImportError("/v/lib/python3.12/site-packages/lxml/etree.so: undefined symbol: xmlSchemaValid")
def test_system_library_missing__so(): raise ImportError("libxmlsec1.so.1: cannot open shared object file: No such file or directory")
def test_system_library_missing__ctypes():
    import ctypes
    ctypes.CDLL("libno_such_thing.so.7")
def test_hypothesis_arguments__strategy():
    strategies = lib("hypothesis").strategies
    strategies.integers(min_value=3, max_value=1).example()
