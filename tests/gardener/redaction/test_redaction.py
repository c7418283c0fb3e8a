"""What the redactor hides and what it leaves: a table of each, by the kinds of secrets.

All secrets are joined from pieces here, so that no scanner takes this file for a leak.
"""

import base64
import json
import random
import string

import pytest

from gardener.redaction import MASK, Redactor, redact

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
_random = random.Random(20261129)


def rnd(length: int, alphabet: str = ALNUM) -> str:
    return "".join(_random.choice(alphabet) for _ in range(length))


# prefix, alphabet and length of what follows it
PREFIXED = {
    "github": ("gh" + "o_", ALNUM, 36),
    "github-fine": ("github" + "_pat_", ALNUM, 82),
    "gitlab": ("glp" + "at-", ALNUM, 20),
    "gitlab-deploy": ("gl" + "dt-", ALNUM, 20),
    "gitlab-runner": ("gl" + "rt-", ALNUM, 20),
    "aws-temporary": ("AS" + "IA", UPPER, 16),
    "google": ("AI" + "za", ALNUM, 35),
    "google-client": ("GOC" + "SPX-", ALNUM, 28),
    "google-refresh": ("1/" + "/0", ALNUM, 60),
    "slack-user": ("xo" + "xp-", string.digits, 12),
    "slack-app": ("xa" + "pp-1-", UPPER, 40),
    "stripe-webhook": ("wh" + "sec_", ALNUM, 32),
    "square": ("sq0" + "atp-", ALNUM, 22),
    "anthropic": ("sk-" + "ant-api03-", ALNUM, 90),
    "openai": ("sk" + "-", ALNUM, 48),
    "openai-service": ("sk-" + "svcacct-", ALNUM, 60),
    "openrouter": ("sk-" + "or-v1-", HEX, 64),
    "groq": ("gs" + "k_", ALNUM, 52),
    "xai": ("xa" + "i-", ALNUM, 80),
    "perplexity": ("ppl" + "x-", ALNUM, 48),
    "replicate": ("r" + "8_", ALNUM, 37),
    "huggingface": ("h" + "f_", string.ascii_letters, 34),
    "docker": ("dckr" + "_pat_", ALNUM, 27),
    "rubygems": ("ruby" + "gems_", HEX, 48),
    "npm": ("np" + "m_", ALNUM, 36),
    "digitalocean": ("dop" + "_v1_", HEX, 64),
    "shopify": ("shp" + "at_", HEX, 32),
    "databricks": ("da" + "pi", HEX, 32),
    "vault": ("hv" + "s.", ALNUM, 90),
    "doppler": ("dp." + "pt.", ALNUM, 43),
    "sendgrid-cut": ("S" + "G.", ALNUM, 22),
    "brevo": ("xkey" + "sib-", HEX, 64),
    "newrelic": ("NR" + "AK-", UPPER, 27),
    "postman": ("PM" + "AK-", HEX, 24),
    "grafana": ("gl" + "sa_", ALNUM, 32),
    "linear": ("lin" + "_api_", ALNUM, 40),
    "notion": ("nt" + "n_", ALNUM, 46),
    "figma": ("fi" + "gd_", ALNUM, 40),
    "supabase": ("sb" + "p_", HEX, 40),
    "netlify": ("nf" + "p_", ALNUM, 36),
    "planetscale": ("pscale" + "_tkn_", ALNUM, 43),
    "tailscale": ("tskey" + "-auth-", ALNUM, 30),
    "sentry": ("snt" + "ryu_", HEX, 64),
    "sonar": ("sq" + "u_", HEX, 40),
    "atlassian": ("ATAT" + "T3", ALNUM, 180),
    "facebook": ("EA" + "AM", ALNUM, 120),
    "alibaba": ("LT" + "AI", ALNUM, 20),
    "mailgun": ("ke" + "y-", HEX, 32),
    "twilio": ("S" + "K", HEX, 32),
    "age": ("AGE-SECRET" + "-KEY-1", UPPER, 58),
    "pulumi": ("pu" + "l-", HEX, 40),
}
PLACES = (
    "{}",
    "denied for key {}.",
    "assert '{}' == 'x'",
    '{{"value": "{}"}}',
    "['a', '{}']",
    "E   ValueError: bad key: {}, try again",
    "x\\n{}\\ny",
    "?x={}&y=1",
    "<v>{}</v>",
    "tests/test_a.py::test_b[{}]",
)


@pytest.mark.parametrize("name", PREFIXED)
@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_known_by_its_prefix_wherever_it_stands(name, place):
    prefix, alphabet, length = PREFIXED[name]
    chance = random.Random(name + place)
    secret = "".join(chance.choice(alphabet) for _ in range(length))
    shown = redact(place.format(prefix + secret))
    assert secret[:12] not in shown
    assert secret[-8:] not in shown


def basic(words: str) -> str:
    return base64.b64encode(words.encode()).decode()


PW = "hunter2" + "hunter2"
PLAIN = "sword" + "fish"
T40, T32 = rnd(40), rnd(32, HEX)
KEY_LINES = "\n".join(rnd(64) for _ in range(4))


def pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{KEY_LINES}\n-----END {kind}-----"


# text, and what must not show of it
SECRETS = {
    "postgres": (f"postgresql://app:{PW}@db/x", PW),
    "mysql": (f"could not connect to mysql+pymysql://root:{PLAIN}@127.0.0.1:3306/x", PLAIN),
    "mongodb": (f"mongodb+srv://u:{PW}@c0.example.net/?retryWrites=true", PW),
    "amqp": (f"amqps://guest:{PW}@mq:5671//", PW),
    "rediss": (f"rediss://default:{PW}@cache:6380/0", PW),
    "ftp": (f"ftp://u:{PLAIN}@files.example/x", PLAIN),
    "smtp": (f"smtps://mailer%40x.example:{PW}@smtp.example:465", PW),
    "ldap": (f"ldaps://cn=admin:{PW}@ldap.example", PW),
    "proxy": (f"ProxyError: http://bob:{PLAIN}@proxy:3128", PLAIN),
    "git-token": (f"https://x-access-token:{T40}@github.com/o/r", T40[:12]),
    "user-token": (f"fatal: https://{T40}@git.example/o/r.git", T40[:12]),
    "dsn-sentry": (f"https://{T32}@o1.ingest.sentry.io/42", T32[:12]),
    "index": (f"--extra-index-url https://ci:{PLAIN}@pypi.example/simple", PLAIN),
    "url-escaped": (f'"postgres:\\/\\/app:{PW}@db\\/x"', PW),
    "query-token": (f"GET https://a.example/x?access_token={T32}&page=2", T32[:12]),
    "query-key": (f"https://maps.example/api?api_key={T32}", T32[:12]),
    "query-signature": (f"https://s.example/o?X-Goog-Signature={T32}{T32}&x=1", T32[:12]),
    "cloudfront": (f"https://d.cloudfront.net/x?Signature={T40}~-&Key-Pair-Id=K2", T40[:12]),
    "oracle": (f"jdbc:oracle:thin:scott/{PLAIN}@db:1521:x", PLAIN),
    "jdbc-query": (f"jdbc:mysql://h/x?user=a&password={PLAIN}", PLAIN),
    "ado": (f"Server=tcp:h;Initial Catalog=d;User ID=a;Password={PLAIN};Encrypt=True", PLAIN),
    "redis-azure": (f"h.redis.cache.windows.net:6380,password={T40}=,ssl=True", T40[:12]),
    "cosmos": (f"AccountEndpoint=https://h:443/;AccountKey={T40}{T40}==;", T40[:12]),
    "libpq": (f"host=db dbname=x user=app password={PLAIN}", PLAIN),
    "kafka": (f'PlainLoginModule required username="u" password="{PLAIN}";', PLAIN),
    "slack-hook": ("https://hooks.slack" + f".com/services/T0AB/B0CD/{rnd(24)}", "B0CD"),
    "teams-hook": (
        "https://x.webhook.office" + f".com/webhookb2/a@b/IncomingWebhook/{T32}/c",
        T32[:12],
    ),
    "bearer": (f"Authorization: Bearer {T40}", T40[:12]),
    "bearer-bare": (f"sent 'Bearer {T40}'", T40[:12]),
    "basic": (f"headers={{'Authorization': 'Basic {basic('user:' + PW)}'}}", basic("user:" + PW)),
    "basic-short": (f"authorization: basic {basic('a:b3')}", basic("a:b3")),
    "token-scheme": (f"> Authorization: Token {T40}", T40[:12]),
    "tuple-header": (f"[(b'authorization', b'Bearer {T40}')]", T40[:12]),
    "wsgi": (f"'HTTP_AUTHORIZATION': 'Bearer {T40}'", T40[:12]),
    "aws4": (
        f"Authorization: AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, Signature={T32}",
        T32[:12],
    ),
    "x-api-key": (f"x-api-key: {T32}", T32[:12]),
    "x-auth": (f"'X-Auth-Token': '{T32}'", T32[:12]),
    "header-pair": (f"('x-api-key', '{T32}')", T32[:12]),
    "cookie": (f"Cookie: theme=dark; sessionid={T32}; a=b", T32[:12]),
    "set-cookie": (f"set-cookie: sid=s%3A{T40}; Path=/; HttpOnly", T40[:12]),
    "session-repr": (f"<Cookie JSESSIONID={T32} for localhost/>", T32[:12]),
    "curl": (f"curl -s -u bob:{PLAIN} https://x.example", PLAIN),
    "option": (f"tool --password {PW} --verbose", PW),
    "option-equals": (f"tool --api-token={T32}", T32[:12]),
    "sshpass": (f"sshpass -p {PLAIN} ssh h", PLAIN),
    "netrc": (f"machine h\n  login bob\n  password {PLAIN}\n", PLAIN),
    "pgpass": (f"db.example:5432:x:app:{PLAIN}", PLAIN),
    "pem": (pem("RSA " + "PRIVATE KEY"), KEY_LINES[70:90]),
    "openssh": (pem("OPENSSH " + "PRIVATE KEY"), KEY_LINES[70:90]),
    "encrypted": (pem("ENCRYPTED " + "PRIVATE KEY"), KEY_LINES[70:90]),
    "pgp": (pem("PGP " + "PRIVATE KEY BLOCK"), KEY_LINES[70:90]),
    "pem-repr": (repr(pem("EC " + "PRIVATE KEY")), KEY_LINES[70:90]),
    "pem-cut": (pem("EC " + "PRIVATE KEY")[:150], KEY_LINES[70:90]),
    "putty": (f"Private-Lines: 4\n{KEY_LINES}\nPrivate-MAC: {T40}", KEY_LINES[70:90]),
    "service-account": (json.dumps({"private_key": pem("PRIVATE" + " KEY")}), KEY_LINES[70:90]),
    "json": (json.dumps({"user": "a", "password": PLAIN}), PLAIN),
    "json-in-json": (json.dumps(json.dumps({"client_secret": T32})), T32[:12]),
    "yaml": (f"database:\n  password: {PW}\n", PW),
    "ini": (f"[db]\npassword = {PW}\n", PW),
    "env": (f"export STRIPE_SECRET={T32}", T32[:12]),
    "environ": (f"environ({{'DB_PASSWORD': '{PLAIN}', 'HOME': '/root'}})", PLAIN),
    "xml": (f"<password>{PLAIN}</password>", PLAIN),
    "xml-attribute": (f'<add key="SmtpPassword" value="{PLAIN}" />', PLAIN),
    "call": (f"connect(user='a', password='{PLAIN}')", PLAIN),
    "repr": (f"Settings(secret_key='{T40}', debug=True)", T40[:12]),
    "django": (f"SECRET_KEY = 'django-insecure-{T40}'", T40[:12]),
    "heroku": ("HEROKU_API_KEY=123e4567" + "-e89b-42d3-a456-426614174000", "e89b-42d3"),
    "kubeconfig": (f"client-key-data: {T40}{T40}==", T40[:12]),
    "kube-token": (f"    user:\n      token: {T40}", T40[:12]),
    "docker": (json.dumps({"auths": {"h": {"auth": basic("bob:" + PW)}}}), basic("bob:" + PW)),
    "special": ("password='Tr0ub4dor&3'", "Tr0ub4dor"),
    "short": ("password: s3cr3t", "s3cr3t"),
    "otp": ("otpauth://totp/x?secret=JBSWY3DP" + "EHPK3PXP&issuer=x", "EHPK3PXP"),
    "comparison": (f"assert token == '{T40}'", T40[:12]),
    "telegram": (f"1234567890:AA{rnd(33)}", "0:AA"),
    "discord": (f"login with M{rnd(25)}.{rnd(6)}.{rnd(38)}", "login with M"),
    "terraform": (f"{rnd(14)}.atlas" + f"v1.{T40}{T40}", T40[:12]),
    "jwt": (f"eyJ{rnd(30)}.eyJ{T40}.{rnd(43)}", T40[:12]),
    "azure": (f"AADSTS7000215 for {rnd(3)}8Q~{T40[:34]}", T40[:12]),
    "forty": (f"no access for {T40[:18]}/{T40[:21]}", T40[:12]),
    "twilio-auth": (f"the token {T32} is refused", T32[:12]),
    "bcrypt": (f"admin:$2y$10${T40}{T32[:13]}", T40[:12]),
    "shadow": (f"root:$6$saltsalt${T40}{T40}:19000:0:99999:7:::", T40[:12]),
    "htpasswd": (f"u:$apr1$abcdefgh${T40[:22]}", T40[:12]),
    "argon2": (f"'$argon2id$v=19$m=65536,t=3,p=4${T32[:22]}${T40}'", T40[:12]),
    "hash-of-django": (f"pbkdf2_sha256$600000${T32[:22]}${T40}abc=", T40[:12]),
    "hash-of-werkzeug": (f"scrypt:32768:8:1${T32[:16]}${T32}{T32}", T32[16:30]),
    "yaml-block": (f"password: |\n  {PW}\nuser: a", PW),
    "yaml-folded": ("db:\n  secret: >-\n    first1part\n    second2part\n  x: 1", "second2part"),
    "yaml-in-a-diff": (f"E     - token: |\nE     -   {T40}\nE     - user: a", T40[:12]),
    "yaml-repr": (repr(f"password: |\n  {PW}\nuser: a"), PW),
    "jwk": (json.dumps({"kty": "EC", "crv": "P-256", "d": f"{T40}abc"}), T40[:12]),
    "ansible": (f"$ANSIBLE_VAULT;1.1;AES256\n{T32}{T32}\n{T32}\n", T32[:12]),
    "mysql-option": (f"mysql -u root -p{PW} db", PW),
    "redis-option": (f"redis-cli -h x -a {PW} ping", PW),
    "docker-login": (f"docker login -u bob -p {PLAIN} r.example", PLAIN),
    "ldap-option": (f"ldapsearch -D cn=admin -w {PLAIN}9", PLAIN),
    "keystore": (f"keytool -list -storepass {PLAIN} -alias x", PLAIN),
    "variable": (f"PGPASSWORD={PLAIN} psql -h db", PLAIN),
    "spaced-name": (f"the api key {T32} is refused", T32[:12]),
    "ethereum": (f"private key 0x{T32}{T32}", T32[:12]),
    "query-only-key": (f"https://maps.example/x?key={T40}", T40[:12]),
    "secret-word": (f"client_secret={PLAIN}9", PLAIN),
    "told": (f"the password is {PLAIN}9", PLAIN),
    "told-in-quotes": (f"login failed for user sa with password '{PLAIN}9'", PLAIN),
    "firebase": (f"AAAA{T40[:7]}:APA91b{T40}{T40}", T40[:12]),
    "azure-storage-bare": (f"for storage {T40}{T40}{T40[:6]}==", T40[:12]),
    "second-header": (
        f"Authorization: Bearer {T40}, Authorization: Bearer abc123.def456",
        "def456",
    ),
    "airtable": (f"pat{rnd(14)}.{T32}{T32}", T32[:12]),
    "spaces-around": (f'password = "{PLAIN}"', PLAIN),
    "spaces-in-locals": (f"db_password  = '{PLAIN}'", PLAIN),
    "property": (f"spring.mail.password={PLAIN}", PLAIN),
    "java-option": (f"java -Djavax.net.ssl.keyStorePassword={PLAIN} -jar x", PLAIN),
    "option-of-letters": (f"mysqldump --password={PLAIN} db", PLAIN),
    "option-among-options": (f"gpg --batch --passphrase {PLAIN} -d x", PLAIN),
    "line-of-settings": (f"[ldap]\nbind_password={PLAIN}\nuser=x", PLAIN),
    "line-of-yaml": (f"ansible_become_password: {PLAIN}", PLAIN),
    "mail-as-user": (f"imaps://me@mail.example:{PLAIN}@imap.example", PLAIN),
    "percent-encoded": (f"odbc_connect=DRIVER%3D%7Bx%7D%3BUID%3Dsa%3BPWD%3D{PW}%3B", PW),
    "auth-pair": (f"requests.get(url, auth=('bob', '{PW}'))", PW),
    "auth-class": (f"HTTPBasicAuth('bob', '{PW}')", PW),
    "ldap-bind": (f"simple_bind_s('cn=admin', '{PW}')", PW),
    "digest": (f'Authorization: Digest username="bob", realm="x", response="{T32}"', T32[:12]),
    "form-field": (f'form-data; name="password"\r\n\r\n{PLAIN}\r\n--x', PLAIN),
    "form-field-repr": (repr(f'form-data; name="password"\r\n\r\n{PW}\r\n--x'), PW),
    "passin": (f"openssl pkcs12 -in x.p12 -passin pass:{PLAIN}", PLAIN),
    "samba": (f"smbclient //srv/share -U bob%{PW}", PW),
    "four-groups": ("password='qpcb bk" + "dy kpxe grzb'", "kpxe"),
    "query-code": (f"/cb?code={T40}&state=1", T40[:12]),
    "wireguard": (f"PrivateKey = {T40}abc=", T40[:12]),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_does_not_show(name):
    text, part = SECRETS[name]
    shown = redact(text)
    assert part not in shown
    assert MASK in shown
    assert redact(shown) == shown


HARMLESS = [
    "unexpected token: 'INDENT'",
    "SyntaxError: unexpected token 'EOF' at line 3",
    "fatal: bad object 3f786850e387550fdab836ed7e6dc881de23001b",
    'md5 d41d8cd98f00b204e9800998ecf8427e, etag W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "request 123e4567-e89b-12d3-a456-426614174000 timed out",
    "id 01ARZ3NDEKTSV4RRFFQ69G5FAV is unknown",
    "tests/test_tokens.py::test_refresh_token[expired-401]",
    "tests/test_a.py::TestLogin::test_password[password-too-short]",
    "tests/test_api.py::test_key[api_key=None]",
    "tests/test_a.py:5432:db:error",
    "tokenizer=BertTokenizerFast",
    "max_tokens=4096, next_token=None",
    "token_type='bearer-token-type'",
    "password: String should have at least 8 characters",
    "{'password': ['This field is required.']}",
    "{'password': 'required', 'token': 'invalid'}",
    "assert response.json() == {'detail': 'Authorization header missing'}",
    "Authorization: Bearer <token>",
    'WWW-Authenticate: Bearer realm="api"',
    "bearer token is missing or malformed",
    "basic authentication failed",
    "token = request.headers.get('X-Token')",
    "def login(username: str, password: str) -> Token:",
    "user = User(name=name, password=password)",
    "client = Client(api_key=settings.API_KEY, secret=os.environ['SECRET'])",
    "self.token: Optional[TokenType] = None",
    "password=None, api_key='***', secret=<hidden>",
    "secret=SecretStr('**********')",
    "KeyError: 'token'",
    "TypeError: login() missing 1 required positional argument: 'password'",
    "primary_key=True, sort_key='created_at', cache key: user:1234:profile",
    "sorted(rows, key=lambda row: row.key)",
    "session_id=1234567",
    "secretary: 'Alice Johnson'",
    "https://user@host.example/x",
    "http://localhost:8000/items?page=2",
    "git@github.com:owner/repository.git",
    "ssh://git@github.com:22/o/r",
    "https://registry.npmjs.org/@scope/name",
    "postgresql://app:***@db/x",
    "npm_config_registry=https://r.example",
    "pwd=/home/runner/work/app",
    "token=/run/secrets/token.txt",
    "credentials: GoogleCredentials not found",
    "ModuleNotFoundError: No module named 'app.secrets'",
    "cookies=<RequestsCookieJar[]>",
    "Cookie: theme=dark; lang=en",
    "-----BEGIN CERTIFICATE-----",
    "sk-learn-estimators are slow",
    "AIDAPTER is missing",
    "/usr/lib/python3.11/site-packages/_pytest/assertion/rewrite.py:178: in exec_module",
    "tmp_path = PosixPath('/tmp/pytest-of-runner/pytest-12/test_token_0')",
    "2026-11-29T07:00:00.123456+00:00 INFO auth.session 4242 started",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
    'integrity="sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGl=="',
    "assert 'alpha' in tokens",
    "E     - 'pass: 5, fail: 3'",
    "author=Jane, authority=example.org, authentication: disabled",
    "hashed_password_length=60",
    "auth_backend='django.contrib.auth.backends.ModelBackend'",
    "monkey=donkey, keyboard: qwerty123, turnkey=ready2go2",
    "design: 12, signal=SIGTERM15, side='left', inside=abc12345",
    "cost is $2 and $60 more, $6$ and $HOME$PATH",
    "steps:\n  - run: |\n      echo hello1 world\n  - name: x",
    "<Foo object at 0x7f8a1c2b3d40>",
    "mkdir -p /tmp/foo1/bar; ssh -p 2222 host; docker run -p 8080:80 image1; mysql -u root -p",
    "pytest -p no:cacheprovider -W error",
    "Access denied for user 'root'@'localhost' (using password: YES)",
    "with password authentication, the password field, the password is too short",
    "token expired at 2026-11-20T10:00:00Z",
    "{'k': 'value', 'd': 3}",
    "passed=12 failed=3, bypass=true1, compass: north21",
    "key 'user_42' not found; Key (id)=(42) already exists.",
    "PASSWORD_RESET_TIMEOUT=259200, access_token_expire_minutes=30, password_min_length=12",
    "secretName: app-secret, secretKeyRef: app-config-1",
    "cache_key='user:42:profile:v3', partition_key='2026-11-20'",
    "idempotency_key='123e4567-e89b-12d3-a456-426614174000'",
    "password_hash = hash_password(password)",
    "session=<Session object at 0x7f00>, session = Session(bind=engine1)",
    "sign(data, secret=secret1), secret=secret12",
    "Token 'abc' not found, keyword key 'abcdefgh12' missing",
    "Cookie: consent=accepted; tz=Europe/Zurich",
    "usage: app [-h] [--api-key API_KEY] [--password PASSWORD]",
    "error: the option --password is missing, see --password-file",
    "tests/test_s3.py::test_s3_put_object_acl[b45-pyd]",
    "test_http2server_push_x, test_oauth2token_refresh_flow, test_h1_protocol_error_handling",
    "test_x509cert_is_parsed_as_it_was, test_k8s_secret_is_read_from_the_file",
    "auth=('user', 'pass'), BasicAuth('guest', 'guest')",
    "new_password: unchanged\nold_password: required",
    "pip install git+ssh://git@github.com:owner/repository@v1",
    "error_code=?code=E4021&lang=en",
    "patch=hunter22, pattern='^[a-z0-9]{8}$', path=abc123def/x1",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_stays(text):
    assert redact(text) == text


def test_the_value_of_a_telling_variable_is_known_whatever_it_looks_like():
    environment = {
        "DB_PASSWORD": "correct-horse",
        "DATABASE_URL": "postgres://u:lettersonly@h/x",
        "POSTGRES_PASSWORD": "postgres",
        "SSH_AUTH_SOCK": "/tmp/ssh-a1/agent.1",
        "HOME": "/root/somewhere",
    }
    redactor = Redactor(environment=environment)
    text = "got correct-horse and lettersonly of postgres in /root/somewhere, /tmp/ssh-a1/agent.1"
    shown = f"got {MASK} and {MASK} of postgres in /root/somewhere, /tmp/ssh-a1/agent.1"
    assert redactor(text) == shown
    assert redactor("incorrect-horses") == "incorrect-horses"


def test_a_pattern_of_the_project_is_redacted_and_its_group_alone():
    redactor = Redactor([r"acme_\w+", r"licence (\S{6,})"], environment={})
    assert redactor("acme_abcdef, licence LETTERS!") == f"{MASK}, licence {MASK}"


def test_what_the_settings_keep_stays():
    text = f"password='{PW}' and password='other-{PW}'"
    assert Redactor(keep=[rf"^{PW}$"], environment={})(text) == text.replace(f"other-{PW}", MASK)


@pytest.mark.parametrize("hidden", ["\u200b", "\x1b[31m", "\u2060"])
def test_what_shows_nothing_hides_no_secret(hidden):
    secret = rnd(36)
    shown = redact(f"gh{hidden}p_{secret[:10]}{hidden}{secret[10:]} caf\u00e9")
    assert secret[:6] not in shown
    assert secret[12:20] not in shown


def test_letters_that_grow_in_small_letters_do_not_shift_a_secret():
    assert (
        redact(f"\u0130\u0130\u0130 password='{PLAIN}'") == f"\u0130\u0130\u0130 password='{MASK}'"
    )


@pytest.mark.untraced  # coverage.py would be measured too
@pytest.mark.parametrize(
    "bomb",
    ["password=" * 20_000, "a" * 200_000, "://a:" * 20_000, "--x " * 40_000, "key" * 50_000, "eyJ." * 30_000,
     "-----BEGIN PRIVATE KEY-----\n" * 3_000, "cookie: a=b;" * 10_000, " " * 200_000, "login " * 30_000,
     "curl -u " * 10_000, "authorization: " * 10_000, "token \\\\\\'" * 20_000, "Private-Lines: 1 " * 5_000],
    ids=lambda bomb: bomb[:12],
)  # fmt: skip
def test_no_text_takes_a_long_time(bomb):
    import time

    before = time.process_time()
    redact(bomb)
    assert time.process_time() - before < 3
