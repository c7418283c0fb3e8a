"""What Django runs for a request, and who may ask for one."""

import pytest

VIEWS = "def home(request):\n    return 1\n"
MIDDLEWARE = (
    "class Stamp:\n    def __init__(self, get_response):\n        self.get_response = get_response\n"
    "    def __call__(self, request):\n        return self.get_response(request)\n"
)
PROJECT = {
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = proj.settings\npythonpath = .\n",
    "proj/__init__.py": "",
    "proj/base.py": "ROOT_URLCONF = 'proj.urls'\nMIDDLEWARE = [\n    'django.middleware.common.CommonMiddleware',\n"
    "    'proj.middleware.Stamp',\n]\nINSTALLED_APPS = ['shop']\n",
    "proj/settings.py": "from .base import *\n\nDEBUG = True\n",
    "proj/urls.py": "from django.urls import include, path\n\nurlpatterns = [path('', include('shop.urls'))]\n",
    "proj/middleware.py": MIDDLEWARE,
    "shop/__init__.py": "",
    "shop/urls.py": "from django.urls import path\n\nfrom . import views\n\nurlpatterns = [path('', views.home)]\n",
    "shop/views.py": VIEWS,
    "shop/models.py": "from django.db import models\nfrom django.urls import reverse\n\n\nclass Item(models.Model):\n"
    "    pass\n\n\ndef plain():\n    return 1\n\n\ndef address():\n    return reverse('home')\n",
    "test_plain.py": "from shop.models import plain\n\ndef test_plain():\n    assert plain()\n",
}
ASKING = {
    "fixture": "def test_m(client):\n    assert client.get('/')\n",
    "admin": "import pytest\n\n@pytest.mark.usefixtures('live_server')\ndef test_m():\n    pass\n",
    "computed": "def test_m(request, kind='x'):\n    request.getfixturevalue(f'{kind}_client').get('/')\n",
    "class": "from django.test import Client\n\ndef test_m():\n    Client().get('/')\n",
    "case": "from django.test import TestCase\n\nclass TestM(TestCase):\n    def test_m(self):\n        self.client.get('/')\n",
    "mixin": "from django.test import TestCase\n\nclass Asking:\n    def ask(self):\n        return self.client.get('/')\n\n"
    "class TestM(Asking, TestCase):\n    def test_m(self):\n        assert self.ask()\n",
    "reverse": "from django.urls import reverse\n\ndef test_m():\n    assert reverse('home')\n",
    "dotted": "import django.urls\n\ndef test_m():\n    assert django.urls.resolve('/')\n",
    "model": "from shop.models import address\n\ndef test_m():\n    assert address()\n",
    "wsgi": "from django.core.wsgi import get_wsgi_application\n\ndef test_m():\n    assert get_wsgi_application()\n",
    "library": "from rest_framework.test import APIClient\n\ndef test_m():\n    APIClient().get('/')\n",
    "unknown": "import someplugin\n\ndef test_m():\n    someplugin.visit('/')\n",
    "template": "from django.template import Template\n\ndef test_m():\n    Template(\"{% url 'home' %}\").render({})\n",
    "command": "from django.core.management import call_command\n\ndef test_m():\n    call_command('check')\n",
    "fixture-of-project": "import pytest\nfrom django.test import Client\n\n@pytest.fixture\ndef asked():\n"
    "    return Client().get('/')\n\ndef test_m(asked):\n    assert asked\n",
    "settings": "from django.conf import settings\n\ndef test_m():\n    assert settings.ROOT_URLCONF\n",
}
NOT_ASKING = {
    "nothing": "def test_m():\n    assert 1\n",
    "factory": "from django.test import RequestFactory\n\ndef test_m():\n    assert RequestFactory().get('/')\n",
    "case": "from django.test import TestCase, override_settings\nfrom django.utils import timezone\n\n"
    "class TestM(TestCase):\n    @override_settings(DEBUG=False)\n    def test_m(self):\n        assert timezone.now()\n",
    "model": "from shop.models import Item\n\ndef test_m(db, settings):\n    assert Item, settings.DEBUG\n",
    "own-client": "class Api:\n    def __init__(self):\n        self.client = 1\n    def ask(self):\n        return self.client\n\n"
    "def test_m():\n    assert Api().ask()\n",
}
CHANGES = [
    ("shop/views.py", "return 1", "return 2"),
    ("proj/middleware.py", "return self.get_response(request)", "return None"),
]


@pytest.mark.parametrize(("path", "old", "new"), CHANGES)
@pytest.mark.parametrize("how", ASKING)
def test_who_may_ask_for_a_url_reaches_views_and_middleware(repository, how, path, old, new):
    files = {**PROJECT, "test_m.py": ASKING[how]}
    assert repository.tests_of(files, path, old, new) == ["test_m.py"]


@pytest.mark.parametrize(("path", "old", "new"), CHANGES)
@pytest.mark.parametrize("how", NOT_ASKING)
def test_who_asks_for_none_does_not(repository, how, path, old, new):
    files = {**PROJECT, "test_m.py": NOT_ASKING[how]}
    assert repository.tests_of(files, path, old, new) == []


def test_all_reach_what_settings_load_at_once(repository):
    files = {
        **PROJECT,
        "proj/base.py": PROJECT["proj/base.py"] + "LOGGING_CONFIG = 'proj.logs.setup'\n",
    }
    files["proj/logs.py"] = "def setup(config):\n    return 1\n"
    tests = repository.tests_of(files, "proj/logs.py", "return 1", "return 2")
    assert tests == ["test_plain.py"]


@pytest.mark.parametrize("name", ["proj.urls", "shop.urls"])
def test_another_root_that_a_test_sets_is_reached(repository, name):
    test = (
        "from django.test import TestCase, override_settings\n\n"
        f"@override_settings(ROOT_URLCONF='{name}')\nclass TestM(TestCase):\n"
        "    def test_m(self):\n        assert self.client.get('/')\n"
    )
    files = {**PROJECT, "proj/base.py": "ROOT_URLCONF = 'proj.none'\n", "test_m.py": test}
    assert repository.tests_of(files, "shop/views.py", "return 1", "return 2") == ["test_m.py"]


def test_a_test_that_begins_to_ask_is_brought_up_to_date(repository):
    repository.commit({**PROJECT, "test_m.py": NOT_ASKING["nothing"]})
    repository.stage({"shop/views.py": VIEWS.replace("return 1", "return 2")})
    assert repository.tests() == []
    repository.commit({"shop/views.py": VIEWS, "test_m.py": ASKING["class"]})
    repository.stage({"shop/views.py": VIEWS.replace("return 1", "return 2")})
    assert repository.tests() == ["test_m.py"]
